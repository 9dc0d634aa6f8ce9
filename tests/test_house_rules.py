"""Rules of the house that no linter knows: a reason beside every exception, a purpose for every package."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from django.apps import apps
from django.db.models import UniqueConstraint

from tests.installation import ROOT

ROOMS = ("apps", "eaichat", "tests", "benchmarks")
EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b")
WITH_REASON = re.compile(r"#\s*(?:noqa: [A-Z0-9, ]+ - |type: ignore\[[\w, -]+\]\s+# )\S")


def test_every_exception_to_a_check_has_its_reason_beside_it() -> None:
    files = [ROOT / "conftest.py", *(file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")))]
    silent = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in files
        if file != Path(__file__)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if EXCEPTION.search(line) and not WITH_REASON.search(line)
    ]
    assert silent == []


def test_no_module_imports_mysqlclient_while_it_is_imported_since_not_every_machine_can_build_it() -> None:
    backend = ROOT / "eaichat" / "mysql" / "base.py"  # Django imports it where DATABASE_URL names a MySQL
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")) if file != backend]
    importing = [
        str(file.relative_to(ROOT))
        for file in files
        for line in ast.parse(file.read_text()).body
        if isinstance(line, ast.Import | ast.ImportFrom)
        and re.search(r"MySQLdb|django\.db\.backends\.mysql", ast.unparse(line))
    ]
    assert importing == []


def test_every_required_package_is_explained_and_every_explained_one_required() -> None:
    required = {
        re.split(r"[\[<>=~!;\s]", line)[0]
        for file in (ROOT / "requirements").glob("*.in")
        for line in file.read_text().splitlines()
        if line and not line.startswith(("#", "-r"))
    }
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    explained = {
        name
        for row in rows
        if row not in ("Package", "---") and "(npm," not in row
        for name in re.sub(r"\(.*?\)", "", row).replace(" ", "").split(",")
    }
    assert explained == required


def test_no_constraint_of_ours_is_one_that_mysql_does_not_enforce() -> None:
    ours = [model for model in apps.get_models() if model.__module__.partition(".")[0] in ROOMS]
    assert ours
    partial = [
        constraint.name
        for model in ours
        for constraint in model._meta.constraints
        if isinstance(constraint, UniqueConstraint) and (constraint.condition or constraint.expressions)
    ]
    assert partial == []

"""The secrets file of an embedded installation: made once, private, and the same for all who start together."""

from __future__ import annotations

import stat
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from eaichat.secrets import load_or_create

NAMES = {"SECRET_KEY", "FIELD_KEYS", "JWT_PRIVATE_KEY"}


def test_the_first_start_makes_working_secrets(tmp_path: Path) -> None:
    made = load_or_create(tmp_path / "secrets.env")
    assert made.keys() == NAMES
    assert len(made["SECRET_KEY"]) >= 50
    assert Fernet(made["FIELD_KEYS"]).encrypt(b"x")
    assert load_pem_private_key(made["JWT_PRIVATE_KEY"].replace("\\n", "\n").encode(), password=None)


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    load_or_create(tmp_path / "new" / "secrets.env")
    assert stat.S_IMODE((tmp_path / "new" / "secrets.env").stat().st_mode) == 0o600


def test_the_second_start_finds_the_same(tmp_path: Path) -> None:
    assert load_or_create(tmp_path / "secrets.env") == load_or_create(tmp_path / "secrets.env")


def test_a_file_of_an_older_version_gets_what_it_lacks_and_keeps_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("SECRET_KEY=abc=def\n")
    completed = load_or_create(tmp_path / "secrets.env")
    assert completed["SECRET_KEY"] == "abc=def"
    assert completed.keys() == NAMES
    assert load_or_create(tmp_path / "secrets.env") == completed


@pytest.mark.parametrize("start", [None, "SECRET_KEY=abc\n"], ids=["no file yet", "an older file"])
def test_processes_that_start_together_agree(tmp_path: Path, start: str | None) -> None:
    path = tmp_path / "secrets.env"
    if start:
        path.write_text(start)
    with ProcessPoolExecutor(4, mp_context=get_context("fork")) as pool:
        results = list(pool.map(load_or_create, [path] * 8))
    assert all(result == results[0] for result in results)
    assert load_or_create(path) == results[0]
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix != ".lock"] == ["secrets.env"]

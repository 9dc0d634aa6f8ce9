"""The Dockerfile: what it takes from the tree is there, and what runs is small, pinned and nobody's root."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from apps.accounts.tests.machine import missing
from tests.image.compose import Dockerfile, build_context
from tests.services.server import ROOT

pytestmark = pytest.mark.xdist_group("image")

STAGES = ("widget", "packages", "application", "runtime")
COMPILERS = {"gcc", "g++", "cc", "make", "build-essential", "libmariadb-dev", "pkg-config", "libc6-dev"}


@pytest.fixture(scope="module")
def image() -> Dockerfile:
    return Dockerfile()


def test_the_last_stage_is_the_one_that_runs(image: Dockerfile) -> None:
    assert tuple(image.stages) == STAGES


def test_base_images_are_pinned_to_a_version(image: Dockerfile) -> None:
    assert image.base_images
    for name in image.base_images:
        assert re.fullmatch(r"(node|python):\d+\.\d+\.\d+-[\w-]+", name), name


@pytest.mark.parametrize("stage", STAGES)
def test_what_a_stage_copies_is_in_the_tree_and_not_ignored(image: Dockerfile, stage: str) -> None:
    context = build_context()
    for sources, _ in image.copied(stage):
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source.rstrip("/") in context, source


def test_data_secrets_and_tests_stay_out_of_the_build() -> None:
    for path in build_context():
        parts = path.split("/")
        assert not {".env", ".git", ".venv", "var", "tests", "node_modules", "__pycache__"} & set(parts), path


def test_what_runs_is_no_root_and_has_no_compiler(image: Dockerfile) -> None:
    (user,) = image.values("USER")
    assert user not in ("root", "0")
    assert any(f"useradd --uid 10001 --gid {user}" in value for value in image.values("RUN"))
    assert "gcc" in image.packages("packages")
    assert not COMPILERS & set(image.packages("runtime"))


def test_packages_are_installed_by_hash(image: Dockerfile) -> None:
    installs = [value for stage in STAGES for value in image.values("RUN", stage) if "pip install" in value]
    assert len(installs) == 1
    assert "--require-hashes -r requirements/mysql.txt" in installs[0]


def test_debian_has_every_package_that_it_installs(image: Dockerfile) -> None:
    if shutil.which("apt-cache") is None:
        missing("apt-cache is not here: the names of Debian packages cannot be checked")
    names = image.packages("packages") + image.packages("runtime")
    done = subprocess.run(  # noqa: S603 - our own list
        ["apt-cache", "show", "--no-all-versions", *names],  # noqa: S607 - Debian's own
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"^Package: (\S+)", done.stdout, re.MULTILINE)) >= set(names)


def test_the_command_is_python_itself_so_that_sigterm_reaches_it(image: Dockerfile) -> None:
    assert image.command[:2] == ["python", "manage.py"]
    assert image.values("STOPSIGNAL") == ["SIGTERM"]

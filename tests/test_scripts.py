"""What the Makefile's verbs say on a machine that lacks something, and what `make reset` takes away."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from apps.accounts.tests.machine import PATIENCE_S
from tests.installation import ROOT

OLD = 'case "$2" in *version_info*) exit 1 ;; esac'
WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1 ;; esac'


def run(script: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own scripts
        ["/bin/sh", str(script)], env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


@pytest.mark.parametrize(
    ("python", "advice"),
    [
        (None, "eaichat needs Python 3.11, 3.12 or 3.13."),
        (OLD, "eaichat needs Python 3.11, 3.12 or 3.13."),
        (WITHOUT_VENV, "python3 has no venv module."),
    ],
    ids=["none", "too old", "Debian's without venv"],
)
def test_a_python_that_will_not_do_is_one_line_with_the_package_to_install(
    tmp_path: Path, python: str | None, advice: str
) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup", tmp_path / "scripts" / "setup")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "dirname").symlink_to(str(shutil.which("dirname")))
    if python is not None:
        (programs / "python3").write_text(f"#!/bin/sh\n{python}\n")
        (programs / "python3").chmod(0o755)
    done = run(tmp_path / "scripts" / "setup", PATH=str(programs))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(advice), done.stderr
    assert done.stderr.count("\n") == 1
    assert "sudo apt install" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_reset_takes_the_data_and_only_the_data(tmp_path: Path) -> None:
    var, beside = tmp_path / "var", tmp_path / "beside"
    (var / "index").mkdir(parents=True)
    (var / "up.lock").touch()
    beside.touch()
    done = run(ROOT / "scripts" / "reset", PATH=os.environ["PATH"], EAICHAT_VAR=str(var))
    assert done.returncode == 0, done.stderr
    assert not var.exists()
    assert beside.exists()


def test_reset_refuses_while_the_installation_runs(tmp_path: Path) -> None:
    lock = tmp_path / "up.lock"
    with lock.open("w") as held:
        held.write("4711")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        done = run(ROOT / "scripts" / "reset", PATH=os.environ["PATH"], EAICHAT_VAR=str(tmp_path))
    assert done.returncode == 1
    assert "(process 4711): stop it first" in done.stderr
    assert lock.exists()


def test_the_suite_does_not_run_on_what_somebody_wrote_into_dotenv(tmp_path: Path) -> None:
    bin_dir = tmp_path / ".venv" / "bin"
    for folder in (bin_dir, tmp_path / "scripts", tmp_path / "widget"):
        folder.mkdir(parents=True)
    for program in ("python", "lint-imports", "npm", "pytest"):
        (bin_dir / program).write_text('#!/bin/sh\n[ "${0##*/}" != pytest ] || env\n')
        (bin_dir / program).chmod(0o755)
    shutil.copy(ROOT / "scripts" / "test", tmp_path / "scripts")
    (tmp_path / ".env").write_text(
        "# by hand\nDATABASE_URL=mysql://a:$b@c/d\nexport REDIS_URL=redis://x\nPORT=1\n"
    )
    done = run(tmp_path / "scripts" / "test", PATH=os.environ["PATH"], PORT="9000 of the shell")
    assert done.returncode == 0, done.stderr
    assert {"DATABASE_URL=", "REDIS_URL=", "PORT=9000 of the shell"} <= set(done.stdout.splitlines())

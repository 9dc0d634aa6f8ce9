"""Settings that cannot work are refused in one line, before anything has started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings


def refusal(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_a_port_that_is_no_number_is_refused_in_one_line(tmp_path: Path) -> None:
    assert "PORT=web is no number: write a whole number from 1 to 65535." in refusal(
        PORT="web", EAICHAT_VAR=str(tmp_path / "var")
    )


def test_a_data_directory_that_cannot_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = refusal(EAICHAT_VAR=str(tmp_path / "file" / "var"))
    assert str(tmp_path / "file" / "var") in line
    assert "EAICHAT_VAR" in line

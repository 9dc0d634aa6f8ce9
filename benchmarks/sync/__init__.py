"""The sync in figures: each part measures some of them, and runs alone as `python -m benchmarks sync.PART`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = {"__init__", "site", "whole_sync"}


def main() -> None:
    """Each part in a process of its own: some set Django up for data of theirs."""
    for part in sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS):
        subprocess.run([sys.executable, "-m", "benchmarks", f"sync.{part}"], check=True)  # noqa: S603 - our own command

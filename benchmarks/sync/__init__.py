"""The sync in figures: each part measures some of them, and runs alone as `python -m benchmarks sync.PART`."""

from __future__ import annotations

import importlib
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = {"__init__", "whole_sync"}


def main() -> None:
    for part in sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS):
        importlib.import_module(f"benchmarks.sync.{part}").main()

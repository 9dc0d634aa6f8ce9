"""The search in figures: each part measures one of them, and runs alone as `python -m benchmarks search.PART`."""

from __future__ import annotations

import importlib
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = {"__init__", "first_index", "icecat", "wordings"}


def main() -> None:
    for part in sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS):
        importlib.import_module(f"benchmarks.search.{part}").main()

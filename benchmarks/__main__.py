"""`python -m benchmarks [NAME]`: run the benchmarks, print their tables, keep the raw numbers in var/bench."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = {"__init__", "__main__", "load", "report"}


def main() -> None:
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS)
    wanted = sys.argv[1:] or names
    unknown = set(wanted) - set(names)
    if unknown:
        sys.exit(f"No benchmark {', '.join(sorted(unknown))}; there is: {', '.join(names)}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")
    for name in wanted:
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()

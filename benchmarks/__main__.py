"""`python -m benchmarks [NAME[.PART]]`: run the benchmarks, print tables, keep the raw numbers in var/bench."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = {"__init__", "__main__", "load", "report"}


def main() -> None:
    names = sorted(path.stem for path in HERE.iterdir() if _is_benchmark(path))
    wanted = sys.argv[1:] or names
    unknown = {name for name in wanted if not _exists(name, names)}
    if unknown:
        sys.exit(f"No benchmark {', '.join(sorted(unknown))}; there is: {', '.join(names)}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")
    for name in wanted:
        importlib.import_module(f"benchmarks.{name}").main()


def _exists(name: str, names: list[str]) -> bool:
    whole, _, part = name.partition(".")
    return whole in names and (not part or (HERE / whole / f"{part}.py").exists())


def _is_benchmark(path: Path) -> bool:
    if path.is_dir():
        return (path / "__init__.py").exists()
    return path.suffix == ".py" and path.stem not in HELPERS


if __name__ == "__main__":
    main()

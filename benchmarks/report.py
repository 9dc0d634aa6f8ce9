"""What a benchmark found: a table for people, JSON with every raw number for programs."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

Point = Literal["p50", "p95", "p99", "max"]
Side = Literal["at most", "at least"]
RESULTS = Path(__file__).resolve().parent.parent / "var" / "bench"


@dataclass(frozen=True)
class Figure:
    """One measured figure. `bar` None: told, not judged. `holds`: the value is on the bar's right side.

    `aim`: what would be better than the bar demands.
    """

    what: str
    value: float
    unit: str
    bar: float | None
    aim: float | None
    side: Side
    holds: bool | None
    rounds: list[float]


@dataclass
class Report:
    name: str
    figures: list[Figure] = field(default_factory=list)

    def add(
        self,
        what: str,
        rounds: Sequence[float],
        *,
        unit: str,
        at: Point = "p50",
        bar: float | None = None,
        aim: float | None = None,
        side: Side = "at most",
    ) -> float:
        """Add the `at` point of `rounds`; returns it."""
        value = percentile(rounds, at)
        holds = None if bar is None else value <= bar if side == "at most" else value >= bar
        self.figures.append(Figure(what, round(value, 3), unit, bar, aim, side, holds, list(rounds)))
        return value

    def finish(self) -> None:
        """Print the table and write var/bench/NAME.json."""
        table = Table(title=f"bench {self.name}")
        for column in ("figure", "value", "unit", "bar", "aim", "holds", "rounds"):
            table.add_column(column, justify="left" if column in ("figure", "unit") else "right")
        for figure in self.figures:
            verdict = {True: "yes", False: "NO", None: ""}[figure.holds]
            sign = "<=" if figure.side == "at most" else ">="
            bar, aim = ("" if limit is None else f"{sign} {limit:g}" for limit in (figure.bar, figure.aim))
            count = str(len(figure.rounds))
            table.add_row(figure.what, f"{figure.value:g}", figure.unit, bar, aim, verdict, count)
        Console().print(table)
        RESULTS.mkdir(parents=True, exist_ok=True)
        body = {"name": self.name, "machine": machine(), "figures": [asdict(figure) for figure in self.figures]}
        (RESULTS / f"{self.name}.json").write_text(json.dumps(body, indent=1))


def percentile(rounds: Sequence[float], at: Point) -> float:
    if at == "max":
        return max(rounds)
    if at == "p50":
        return statistics.median(rounds)
    return statistics.quantiles(rounds, n=100, method="inclusive")[int(at[1:]) - 1]


def machine() -> dict[str, str | int]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count() or 0,
    }

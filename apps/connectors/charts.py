"""A connector's history as bars: how many products each run read, and how many of them it had to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from apps.connectors.models import SyncRun

WIDTH, HEIGHT = 600, 96
_SLOT = 30  # a bar and the gap behind it: 20 runs fill the width
_BAR = 20
_LEAST = 3  # what is not nothing can be seen


@dataclass(frozen=True)
class Bar:
    """A run: `height` for what it read, of which `written` is new or changed. `text` tells the same in words."""

    x: int
    height: int
    written: int
    failed: bool
    text: str

    @property
    def top(self) -> int:
        return HEIGHT - self.height

    @property
    def written_top(self) -> int:
        return HEIGHT - self.written

    @property
    def middle(self) -> int:
        return self.x + _BAR // 2


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    most: int
    text: str


def chart(newest_first: Sequence[SyncRun]) -> Chart | None:
    """The runs that are over, from left to right in time; None where fewer than two would be compared."""
    runs = [run for run in reversed(newest_first) if not run.is_open]
    if len(runs) < 2:
        return None
    most = max((run.seen for run in runs), default=0)
    bars = [_bar(number, run, most) for number, run in enumerate(runs)]
    failed = sum(bar.failed for bar in bars)
    ended = f"{failed} failed" if failed else "all of them succeeded"
    return Chart(bars, most, f"The last {len(runs)} syncs: {ended}; the largest read {most:,} products.")


def _bar(number: int, run: SyncRun, most: int) -> Bar:
    began = timezone.localtime(run.created_at)
    return Bar(
        x=WIDTH - _SLOT * 20 + _SLOT * number + (_SLOT - _BAR) // 2,
        height=_high(run.seen, most),
        written=_high(run.indexed, most),
        failed=run.state == SyncRun.State.FAILED,
        text=f"{began:%d %b %H:%M}: {run.get_state_display().lower()}, {run.seen:,} read, "
        f"{run.indexed:,} new or changed, {run.removed:,} removed",
    )


def _high(count: int, most: int) -> int:
    return max(_LEAST, round(count / most * (HEIGHT - 14))) if count else 0

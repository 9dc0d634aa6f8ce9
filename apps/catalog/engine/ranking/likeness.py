"""Several lists of neighbours become one."""

from __future__ import annotations

from collections.abc import Sequence

from apps.catalog.engine.records import Found


def merge_by_likeness(proposals: Sequence[Sequence[Found]], *, limit: int) -> list[Found]:
    """The best by the mean of their cosines. Each list is sorted, best first.

    What a list does not propose is at most as like as its last one, and counts as that.
    """
    points = {found.id: found for found in (found for proposal in proposals for found in proposal)}
    scores = [{found.id: found.score for found in proposal} for proposal in proposals]
    lowest = [min(score.values(), default=0.0) for score in scores]
    merged = [
        found._replace(
            score=sum(score.get(id_, floor) for score, floor in zip(scores, lowest, strict=True)) / len(scores)
        )
        for id_, found in points.items()
    ]
    return sorted(merged, key=lambda found: (-found.score, found.id))[:limit]

"""Categories, each below another, as paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from apps.connectors.platforms.odoo.records import Category

_DEEPEST = 30  # Odoo forbids circles; an answer might have one all the same


class Categories:
    def __init__(self, records: Iterable[Category]) -> None:
        self._by_id = {record.id: record for record in records}

    def path(self, ids: Iterable[int]) -> str:
        """The deepest of the categories as a path; of equally deep ones the first."""
        paths = [[record.name for record in self._upwards(each)][::-1] for each in ids]
        deepest: list[str] = max(paths, key=len, default=[])
        return " > ".join(deepest)

    def above(self, category_id: int | None) -> frozenset[int]:
        """The category and all that it lies in."""
        return frozenset(record.id for record in self._upwards(category_id))

    def _upwards(self, category_id: int | None) -> Iterator[Category]:
        for _ in range(_DEEPEST):
            record = self._by_id.get(category_id) if category_id is not None else None
            if record is None:
                return
            yield record
            category_id = record.parent_id.id if record.parent_id else None

"""Some products alone, as a photo found them: no words say that, and no chip shows it."""

from __future__ import annotations

from collections.abc import Iterator

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import AnyOf, Condition
from apps.catalog.engine.understanding.limits.reading import Reading


class AmongLimit:
    def read(self, reading: Reading) -> None:
        """There is nothing to read."""

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        return iter(())

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        if query.among:
            yield AnyOf("product_id", tuple(query.among))

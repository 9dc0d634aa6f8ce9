"""The store's own categories. Their words stay in the text, since they rank too."""

from __future__ import annotations

from collections.abc import Iterator

from apps.catalog.engine.payload import category_key
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Condition, Equals
from apps.catalog.engine.understanding.categories import find_category
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.understanding.wording import tidied


class CategoryLimit:
    def read(self, reading: Reading) -> None:
        reading.text = tidied(reading.text)
        category = find_category(reading.text, reading.vocabulary)
        if category is not None:
            reading.query.category = category.label

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        if query.category:
            yield "category", query.category

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        if query.category:
            yield Equals("category_keys", category_key(query.category))

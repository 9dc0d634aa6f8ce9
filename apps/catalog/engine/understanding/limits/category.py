"""The store's own categories. Their words stay in the text, since they rank too."""

from __future__ import annotations

from collections.abc import Iterator

from apps.catalog.engine.payload import category_key
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Condition, Equals
from apps.catalog.engine.understanding.categories import find_category, head_of
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.understanding.things import asks_for_anything, things_beside, with_audience
from apps.catalog.engine.understanding.wording import tidied, unframed, without_filler


class CategoryLimit:
    def read(self, reading: Reading) -> None:
        reading.text = tidied(_thing(reading))
        category = find_category(reading.text, reading.vocabulary)
        if category is not None:
            reading.query.category = category.label

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        if query.category:
            yield "category", query.category

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        if query.category:
            yield Equals("category_keys", category_key(query.category))


def _thing(reading: Reading) -> str:
    """What the limits are of, when the store is known to have such things; else all that was said."""
    if reading.sells is None or not reading.query.is_limited:
        return reading.text
    for phrase in things_beside(unframed(reading.text)):
        head = head_of(phrase)
        said = head is not None and bool(without_filler(phrase))
        if asks_for_anything(phrase) if head is None else said and reading.sells(head):
            return with_audience(phrase, reading.text)
    return reading.text

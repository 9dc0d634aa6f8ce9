"""Orders: "cheapest", "best rated", "newest". "cheap" is one, too: what is cheap depends on what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.catalog.engine.queries import SearchQuery, Sort
from apps.catalog.engine.records import Condition
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.understanding.things import CUT

_FLAGS = re.IGNORECASE
_SORTS: tuple[tuple[Sort, str, re.Pattern[str]], ...] = (
    (
        "rating",
        "best rated first",
        re.compile(r"\b(?:(?:best|top|highest)[\s-](?:rated|reviewed|rating)|most popular)\b", _FLAGS),
    ),
    (
        "price_desc",
        "most expensive first",
        re.compile(r"\b(?:most expensive|priciest|dearest|highest[\s-]priced?|price high to low)\b", _FLAGS),
    ),
    (
        "price_asc",
        "cheapest first",
        re.compile(
            r"\b(?:the\s+)?(?:cheap(?:est)?|least expensive|lowest[\s-]priced?|price low to high|inexpensive"
            r"|affordable|low[\s-]cost|budget[\s-]friendly|not (?:too |very )?expensive|billig(?:e[rs]?|ste[rs]?)?"
            r"|günstig(?:e[rs]?|ste[rs]?)?|pas cher)\b",
            _FLAGS,
        ),
    ),
    (
        "newest",
        "newest first",
        re.compile(
            r"\b(?:the\s+)?(?:newest|latest|most recent|new arrivals?|just (?:in|arrived)|recently added)\b",
            _FLAGS,
        ),
    ),
)


class SortLimit:
    def read(self, reading: Reading) -> None:
        for sort, _, pattern in _SORTS:
            if pattern.search(reading.text):
                reading.query.sort = sort
                reading.text = pattern.sub(CUT, reading.text)
                return

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        for sort, label, _ in _SORTS:
            if query.sort == sort:
                yield "sort", label

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        yield from ()

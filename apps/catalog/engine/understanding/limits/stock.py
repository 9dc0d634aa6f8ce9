"""Availability: "in stock", "that I can get today"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Condition, Equals
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.understanding.things import CUT

_FLAGS = re.IGNORECASE
_IN = re.compile(
    r"(?:\b(?:that|which)\s+(?:is|are)\s+)?\b(?:(?:currently|only|still|right now)\s+)?"
    r"(?:in[\s-]stock|available(?:\s+(?:now|today|right now|immediately))?|ready to ship|auf lager|en stock)\b"
    r"(?:\s+(?:now|right now|only))?",
    _FLAGS,
)
_NOT_OUT = re.compile(
    r"\b(?:not|no|except|without)\s+(?:anything\s+)?(?:out[\s-]of[\s-]stock|sold[\s-]out)\b", _FLAGS
)


class StockLimit:
    def read(self, reading: Reading) -> None:
        for pattern in (_NOT_OUT, _IN):
            if pattern.search(reading.text):
                reading.query.in_stock = True
                reading.text = pattern.sub(CUT, reading.text)
                return

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        if query.in_stock is not None:
            yield "in_stock", "in stock" if query.in_stock else "out of stock"

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        if query.in_stock is not None:
            yield Equals("in_stock", int(query.in_stock))

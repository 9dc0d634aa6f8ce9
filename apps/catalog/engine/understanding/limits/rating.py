"""Ratings: "at least 4 stars", "highly rated"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Between, Condition
from apps.catalog.engine.understanding.limits.reading import Reading

_FLAGS = re.IGNORECASE
_STARS = r"(?P<stars>[0-5](?:[.,]\d)?)(?:\s*(?:/|out of)\s*5)?"
_OR_MORE = r"(?:\s*(?:\+|plus\b|(?:or|and)\s+(?:more|up|above|higher|better|over)\b))"
_AT_LEAST = (
    r"(?:at least|(?:a )?minimum(?: of)?|no less than|not less than|min|over|above|more than|better than|from"
    r"|with|of)"
)
_RATINGS = (
    re.compile(
        rf"(?:\b(?:rated|rating)\s+)?(?:\b{_AT_LEAST}\s+)*(?:a\s+)?\b{_STARS}{_OR_MORE}?\s*-?\s*(?:stars?\b|★)"
        rf"(?:\s*(?:ratings?|rated|reviews?)\b)?{_OR_MORE}?",
        _FLAGS,
    ),
    re.compile(rf"\b(?:rated|ratings?)\s*(?:(?:is|are|{_AT_LEAST})\s*)*{_STARS}(?![\w.,]*\d){_OR_MORE}?", _FLAGS),
    re.compile(rf"(?:\b{_AT_LEAST}\s+)*\b{_STARS}{_OR_MORE}?\s*rat(?:ing|ed)\b", _FLAGS),
)
_WELL_RATED = re.compile(
    r"\b(?:highly|well)[\s-](?:rated|reviewed)\b|\bwith\s+(?:good|great)\s+(?:reviews|ratings?)\b", _FLAGS
)
_WELL = 4.0


class RatingLimit:
    def read(self, reading: Reading) -> None:
        for pattern in _RATINGS:
            if match := reading.take(pattern):
                reading.query.rating_min = min(5.0, float(match["stars"].replace(",", ".")))
                return
        if reading.take(_WELL_RATED):
            reading.query.rating_min = _WELL

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        if query.rating_min is not None:
            yield "rating", f"{query.rating_min:g} stars and up"

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        if query.rating_min is not None:
            yield Between("rating", gte=query.rating_min)

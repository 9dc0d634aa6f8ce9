"""A shopper's sentence becomes a query: limits by rules and by the store's own words, the rest is text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.understanding.limits.registry import LIMITS
from apps.catalog.engine.understanding.vocabulary import Vocabulary
from apps.catalog.engine.understanding.wording import without_filler
from apps.catalog.engine.words.lexical import words_of

# More is no search any more; the parser's time stays small.
LONGEST_TEXT = 500
# A query takes no more of each, see `SearchQuery`.
_MOST, _LONGEST = 20, 200
_LISTS = ("brands", "colors", "sizes", "not_brands", "not_colors", "not_words")


def parse_query(text: str, vocabulary: Vocabulary) -> SearchQuery:
    return read_query(text, vocabulary).query


def read_query(
    text: str,
    vocabulary: Vocabulary,
    *,
    no_brands: frozenset[str] = frozenset(),
    sells: Callable[[str], bool] | None = None,
) -> Reading:
    """Limits leave the text; the category's words stay in it, since they rank too."""
    text = _plain(text) or text.strip()[:LONGEST_TEXT]
    reading = Reading(text=text, vocabulary=vocabulary, no_brands=no_brands, sells=sells)
    if not any(words_of(text)):
        reading.query.text = text  # "???" is not a wish for everything
        return reading
    for limit in LIMITS:
        limit.read(reading)
    _bound(reading.query)
    if reading.query.is_limited:
        reading.text = without_filler(reading.text)
    reading.query.text = reading.text
    return reading


def _bound(query: SearchQuery) -> None:
    for name in _LISTS:
        setattr(query, name, [entry[:_LONGEST] for entry in getattr(query, name)[:_MOST]])
    query.measures = query.measures[:_MOST]


def _plain(text: str) -> str:
    """In one line, cut to a sentence's length, without signs that nobody sees."""
    seen = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in text[:LONGEST_TEXT])
    return re.sub(r"\s+", " ", seen).strip()

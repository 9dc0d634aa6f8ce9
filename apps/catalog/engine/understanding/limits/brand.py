"""Brands of the store: "Sony headphones", "by Fjell", "Sony or Bose"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from apps.catalog.engine.payload import brand_key
from apps.catalog.engine.queries import SearchQuery, limit_key
from apps.catalog.engine.records import AnyOf, Condition
from apps.catalog.engine.understanding.brands import NamedBrand, brands_in
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.understanding.wording import OPENING

_FLAGS = re.IGNORECASE
_CUE = re.compile(
    r"\b(?:(?:made|manufactured|produced|built|sold)\s+(?:by|from)|by|from|of\s+(?:the\s+)?brand|(?:the\s+)?brand(?:\s+(?:is|name))?"
    r"|(?:the\s+)?(?:maker|manufacturer)(?:\s+is)?|von|der marke|de la marque|marke)\s*[:=]?\s*$",
    _FLAGS,
)
_CUE_AFTER = re.compile(
    r"\s*(?:[-\s]brand(?:ed)?|[-\s]made)\b|(?<=['’]s)\s+own\b|(?=\s+(?:own\s+)?(?:items?|products?|stuff|things?)\b)",
    _FLAGS,
)
# What the thing is for, or has in it, is not who made it: "case for Samsung", "laptop with Intel".
_OTHER_ROLE = re.compile(
    r"\b(?:for|fits?|fitting|with|compatible\s+(?:with|to)|works?\s+with|replac\w+|like|similar\s+to|than|on|vs\.?"
    r"|für|pour|mit|avec)\s+(?:(?:a|an|the|my|your|our|his|her|old|new)\s+)*$",
    _FLAGS,
)
_AND = re.compile(r"\s*(?:,\s*(?:or|and)?|/|&|\bor\b|\band\b|\boder\b|\bund\b|\bou\b)\s*", _FLAGS)


class BrandLimit:
    def read(self, reading: Reading) -> None:
        """The first brand that is named as the maker, with those that "or" joins to it."""
        named = list(brands_in(reading.text, reading.vocabulary.brand_names))
        for place, first in enumerate(named):
            before = OPENING.sub("", reading.text[: first.start])
            cue = _CUE.search(before)
            if (
                first.is_a_measure
                and not _CUE.search(reading.text[: first.start])
                and reading.text[first.start : first.end] != first.brand
            ):
                continue
            joined = [first, *_joined(reading.text, named[place:])]
            after = _CUE_AFTER.match(reading.text, joined[-1].end)
            said_so = cue is not None or after is not None
            if first.brand in reading.no_brands or (not said_so and _OTHER_ROLE.search(before)):
                continue
            if not said_so and first.is_also_a_word:
                reading.guesses.append(first.brand)
            reading.query.brands = list(dict.fromkeys(one.brand for one in joined))
            start = first.start - (len(before) - cue.start() if cue else 0)
            reading.cut(start, after.end() if after else joined[-1].end)
            return

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        for brand in query.brands:
            yield limit_key("brand", brand), brand

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        if query.brands:
            yield AnyOf("brand_key", tuple(brand_key(brand) for brand in query.brands))


def _joined(text: str, named: list[NamedBrand]) -> Iterator[NamedBrand]:
    for one, following in pairwise(named):
        if not _AND.fullmatch(text[one.end : following.start]):
            return
        yield following

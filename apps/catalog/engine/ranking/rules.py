"""A store's own wishes for its search: products that go first or last for a phrase, words that mean the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.words.lexical import terms


@dataclass(frozen=True, slots=True)
class Placement:
    """Products with a place of their own when shoppers ask for `phrase`; `rule` is the id of who says so.

    `whole`: the phrase is all that is asked for; else it is enough that all its words are.
    """

    rule: str
    phrase: str
    whole: bool
    product_ids: tuple[str, ...]

    def applies(self, query: SearchQuery) -> bool:
        words = _stems(self.phrase)
        if not words:
            return False
        asked = _stems(phrase_of(query))
        return words == asked if self.whole else words <= asked | frozenset(terms(query.category or ""))


@dataclass(frozen=True, slots=True)
class Placed:
    """The places in one query's answer: (product id -> rule), the pinned ones in their order."""

    pinned: dict[str, str] = field(default_factory=dict)
    buried: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """All of a store's rules. A pinned product still keeps every limit; a list sorted by price has no places."""

    pinned: tuple[Placement, ...] = ()
    buried: tuple[Placement, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()

    def placed(self, query: SearchQuery) -> Placed:
        """Who has a place in this answer. What one rule pins and another buries is pinned."""
        if query.sort != "relevance":
            return Placed()
        pinned = _places(self.pinned, query)
        buried = {id_: rule for id_, rule in _places(self.buried, query).items() if id_ not in pinned}
        return Placed(pinned, buried)

    def same(self, text: str) -> list[str]:
        """The store's other words for what the text says: for "red settee" perhaps ["sofa", "couch"]."""
        said = frozenset(terms(text))
        found: dict[str, None] = {}
        for group in self.synonyms:
            if any(_says(said, phrase) for phrase in group):
                found |= dict.fromkeys(phrase for phrase in group if not _says(said, phrase))
        return list(found)


NO_RULES = Rules()


def phrase_of(query: SearchQuery) -> str:
    """What is asked for, as a rule for exactly this says it: no price, no stock, but a brand."""
    phrase = query.text or query.category or ""
    for name in (*query.brands, *query.colors, *query.sizes):
        if not _says(_stems(phrase), name):
            phrase = f"{phrase} {name}"
    return phrase.strip()


def _places(placements: Iterable[Placement], query: SearchQuery) -> dict[str, str]:
    places: dict[str, str] = {}
    for placement in placements:
        if placement.applies(query):
            for product_id in placement.product_ids:
                places.setdefault(product_id, placement.rule)
    return places


def _says(said: frozenset[str], phrase: str) -> bool:
    words = _stems(phrase)
    return bool(words) and words <= said


@lru_cache(maxsize=8192)  # every search looks at every rule
def _stems(phrase: str) -> frozenset[str]:
    return frozenset(terms(phrase))

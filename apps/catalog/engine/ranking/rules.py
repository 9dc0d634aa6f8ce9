"""A store's own wishes for its search: products that go first or last for a phrase, words that mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

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

    def applies(self, asked: frozenset[str], around: frozenset[str]) -> bool:
        """`asked`: the stems of what is asked for; `around`: of the category in which it is."""
        words = _stems(self.phrase)
        return bool(words) and (words == asked if self.whole else words <= asked | around)


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

    def know(self, word: str) -> bool:
        """Whether a rule says this word: a merchant's own word, that no product may be named with."""
        stems = frozenset(terms(word))
        phrases = chain((one.phrase for one in (*self.pinned, *self.buried)), *self.synonyms)
        return bool(stems) and any(stems <= _stems(phrase) for phrase in phrases)

    def about(self, text: str) -> Rules:
        """Only the synonyms of which the text says one: all that matters to whoever compares products with it."""
        if not self.synonyms:
            return NO_RULES
        said = frozenset(terms(text))
        return Rules(synonyms=tuple(group for group in self.synonyms if any(_says(said, one) for one in group)))

    def same(self, text: str) -> list[str]:
        """The store's other words for what the text says: for "red settee" perhaps ["sofa", "couch"]."""
        if not self.synonyms:
            return []
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
        if not _says(frozenset(terms(phrase)), name):
            phrase = f"{phrase} {name}"
    return phrase.strip()


def _places(placements: Sequence[Placement], query: SearchQuery) -> dict[str, str]:
    places: dict[str, str] = {}
    if not placements:
        return places
    asked, around = frozenset(terms(phrase_of(query))), frozenset(terms(query.category or ""))
    for placement in placements:
        if placement.applies(asked, around):
            for product_id in placement.product_ids:
                places.setdefault(product_id, placement.rule)
    return places


def _says(said: frozenset[str], phrase: str) -> bool:
    words = _stems(phrase)
    return bool(words) and words <= said


@lru_cache(maxsize=8192)  # every search looks at every rule
def _stems(phrase: str) -> frozenset[str]:
    return frozenset(terms(phrase))

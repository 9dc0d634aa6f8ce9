"""A merchant's own rules for search, as a plain value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.catalog.engine.words.lexical import terms


@dataclass(frozen=True, slots=True)
class Placement:
    """Products, in this order, for the question that `phrase` is; an empty phrase is every question.

    "red mugs" is "a red mug" too: stems and order do not matter. "mug" is not "mug tree".
    """

    phrase: str
    product_ids: tuple[str, ...]

    def is_for(self, text: str) -> bool:
        return not self.phrase.strip() or frozenset(terms(self.phrase)) == frozenset(terms(text))


@dataclass(frozen=True, slots=True)
class Rules:
    """`pinned` come first where they keep the question's limits, `buried` last; `synonyms` are groups of words
    that mean the same in this store."""

    pinned: tuple[Placement, ...] = ()
    buried: tuple[Placement, ...] = ()
    synonyms: tuple[tuple[str, ...], ...] = ()

    def pinned_for(self, text: str) -> list[str]:
        return _ids(self.pinned, text)

    def buried_for(self, text: str) -> list[str]:
        return _ids(self.buried, text)


NO_RULES = Rules()


def _ids(placements: Iterable[Placement], text: str) -> list[str]:
    """Each product once, in the order of its first placement."""
    return list(dict.fromkeys(id_ for one in placements if one.is_for(text) for id_ in one.product_ids))

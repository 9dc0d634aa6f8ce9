"""A product on its way into an answer: how well it fits, and what moved it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from apps.catalog.engine.records import Match, Payload
from apps.catalog.engine.words.lexical import terms


@dataclass(slots=True)
class Candidate:
    """`score` is what it was found with, `boosts` what was added to it since, by name.

    `match` is None where nothing was ranked: a browsed shelf, a pinned product. `place` says who put it where it
    is, past all scores: "part_number", or the id of a merchant's rule.
    """

    payload: Payload
    score: float = 0.0
    match: Match | None = None
    boosts: dict[str, float] = field(default_factory=dict)
    place: str = ""

    @property
    def product_id(self) -> str:
        return str(self.payload["product_id"])

    @property
    def total(self) -> float:
        return max(0.0, self.score + sum(self.boosts.values()))


def candidate(match: Match) -> Candidate:
    return Candidate(payload=match.payload, score=match.score, match=match)


def best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Stable: equals stay in the order in which they came."""
    return sorted(candidates, key=lambda one: -one.total)


@lru_cache(maxsize=4096)
def title_terms(title: str) -> tuple[str, ...]:
    """The stemmed words of a title, which every step of the ranking looks at."""
    return tuple(terms(title))

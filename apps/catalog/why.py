"""The reasons for a hit's place, in words and bars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.catalog.engine.queries import Reasons

_BOOSTS = {
    "title": "Its title is what was asked for",
    "out_of_stock": "It is out of stock",
    "variant": "A variant of it stands above",
}
_FIELDS = {
    "title": "Title",
    "brand": "Brand",
    "category": "Category",
    "attributes": "Attributes",
    "description": "Description",
}


@dataclass(frozen=True)
class Bar:
    """A score as a bar: `share` is its length, 0..1."""

    label: str
    score: float
    share: float


@dataclass(frozen=True)
class Why:
    """`words`: the words of the search that each field holds. `boosts`: what moved the hit, and by how much."""

    bars: list[Bar]
    words: list[tuple[str, str]]
    boosts: list[tuple[str, float]]
    limits: list[str]
    by_part_number: bool


def why(reasons: Reasons, *, best_words: float) -> Why:
    """`best_words`: the highest word score of the page, since that one has no upper end of its own."""
    return Why(
        bars=list(_bars(reasons, best_words)),
        words=[(_FIELDS.get(name, name), ", ".join(words)) for name, words in reasons.words.items()],
        boosts=[(_BOOSTS.get(name, name), amount) for name, amount in reasons.boosts.items()],
        limits=reasons.limits,
        by_part_number=reasons.place == "part_number",
    )


def _bars(reasons: Reasons, best_words: float) -> Iterator[Bar]:
    if reasons.text is not None:
        yield Bar("Meaning", reasons.text, _share(reasons.text))
    if reasons.lexical is not None:
        yield Bar("Words", reasons.lexical, _share(reasons.lexical / best_words if best_words else 0.0))
    if reasons.image is not None:
        yield Bar("Picture", reasons.image, _share(reasons.image))
    yield Bar("Together", reasons.fused, _share(reasons.fused))


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))

"""Synonyms that every shop has: one thing under two names, most of them British and American.

Wider kinship is the dense vector's work; a store's own synonyms are in its `Rules`.
"""

from __future__ import annotations

from collections.abc import Iterable

from apps.catalog.engine.words.languages import ENGLISH


def synonyms(asked: Iterable[str]) -> list[str]:
    """Other shops' words for the same things, as stems; without those that were said themselves."""
    said = set(asked)
    return [same for term in said for same in _SYNONYMS.get(term, ()) if same not in said]


def _groups(text: str) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for line in text.strip().splitlines():
        stems = [ENGLISH.stem(word) for word in line.split()]
        groups |= {one: tuple(other for other in stems if other != one) for one in stems}
    return groups


_SYNONYMS = _groups(
    """
    jumper sweater pullover
    trainers sneakers
    trousers pants
    rucksack backpack
    sofa couch
    torch flashlight
    telly television tv
    earphones earbuds
    purse handbag
    notebook laptop
    cellphone smartphone
    jewelry jewellery jewelery
    cosy cozy
    grey gray
    raincoat mackintosh
    tshirt tee
    duvet comforter
    nappy diaper
    pram stroller
    blanket throw
    """
)

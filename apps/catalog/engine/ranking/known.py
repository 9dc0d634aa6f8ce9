"""Known items: a part number, SKU or bar code in the question is that product, and it comes first."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.ranking.candidates import Candidate
from apps.catalog.engine.records import AnyOf, Match, Payload, Where
from apps.catalog.engine.words.part_numbers import candidates as part_numbers

PLACE = "part_number"
_MOST = 20


def names(query: SearchQuery) -> Where:
    """Which products the text names by number; no condition where it holds nothing that may be one."""
    numbers = _numbers(query)
    return (AnyOf("sku_keys", tuple(numbers)),) if numbers else ()


def known_items(named: Sequence[Match], query: SearchQuery) -> list[Candidate]:
    """The products that the index found by `names`, the likeliest first."""
    places = {number: place for place, number in enumerate(_numbers(query))}
    payloads = sorted(
        (match.payload for match in named[:_MOST]),
        key=lambda payload: (_place(payload, places), -_likeness(payload, query.text)),
    )
    return [Candidate(payload=payload, score=1.0, place=PLACE) for payload in payloads]


def _numbers(query: SearchQuery) -> list[str]:
    return [query.part_number] if query.part_number else part_numbers(query.text)


def _place(payload: Payload, places: dict[str, int]) -> int:
    return min(places.get(key, len(places)) for key in payload["sku_keys"])


def _likeness(payload: Payload, text: str) -> float:
    """ "X-25M" and "X25-M" have one key: who writes it like the store means that one."""
    return fuzz.partial_ratio(str(payload.get("sku", "")), text)

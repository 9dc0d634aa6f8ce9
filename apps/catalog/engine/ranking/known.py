"""Known items: a part number, SKU or bar code in the question is that product, and it comes first."""

from __future__ import annotations

from rapidfuzz import fuzz

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.ranking.candidates import Candidate
from apps.catalog.engine.records import AnyOf, Payload, Where
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.part_numbers import candidates as part_numbers

PLACE = "part_number"
_MOST = 20


def known_items(vectors: VectorService, *, store_id: str, query: SearchQuery, where: Where) -> list[Candidate]:
    """The products that the text names by number and that keep every limit, the likeliest first.

    Costs one question to the index, and only where the text holds what may be a number.
    """
    numbers = [query.part_number] if query.part_number else part_numbers(query.text)
    if not numbers:
        return []
    places = {number: place for place, number in enumerate(numbers)}
    found = vectors.first(store_id=store_id, where=(*where, AnyOf("sku_keys", tuple(numbers))), limit=_MOST)
    payloads = sorted(
        (payload for _, payload in found),
        key=lambda payload: (_place(payload, places), -_likeness(payload, query.text)),
    )
    return [Candidate(payload=payload, score=1.0, place=PLACE) for payload in payloads]


def _place(payload: Payload, places: dict[str, int]) -> int:
    return min(places.get(key, len(places)) for key in payload["sku_keys"])


def _likeness(payload: Payload, text: str) -> float:
    """ "X-25M" and "X25-M" have one key: who writes it like the store means that one."""
    return fuzz.partial_ratio(str(payload.get("sku", "")), text)

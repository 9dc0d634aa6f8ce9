"""Known items: a part number, SKU or bar code in the question is that product, and it comes first."""

from __future__ import annotations

from apps.catalog.engine.ranking.candidates import Candidate
from apps.catalog.engine.records import AnyOf, Where
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.part_numbers import candidates as part_numbers

PLACE = "part_number"
_MOST = 10


def known_items(vectors: VectorService, *, store_id: str, text: str, where: Where) -> list[Candidate]:
    """The products that the text names by number and that keep every limit, the likeliest first.

    Costs one question to the index, and only where the text holds what may be a number.
    """
    numbers = part_numbers(text)
    if not numbers:
        return []
    places = {number: place for place, number in enumerate(numbers)}
    found = vectors.first(store_id=store_id, where=(*where, AnyOf("sku_keys", tuple(numbers))), limit=_MOST)
    known = [Candidate(payload=payload, score=1.0, place=PLACE) for _, payload in found]
    return sorted(known, key=lambda one: min(places.get(key, len(places)) for key in one.payload["sku_keys"]))

"""A part number in a question: which one the store has, and where it stands."""

from __future__ import annotations

from apps.catalog.engine.records import AnyOf
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.part_numbers import Named, named

_MOST_FOUND = 50


def named_number(vectors: VectorService, *, store_id: str, text: str) -> Named | None:
    """The longest part number of the text that a product of the store has. One question to the index, and none
    where the text holds nothing that may be one."""
    possible = named(text)
    if not possible:
        return None
    where = (AnyOf("sku_keys", tuple(dict.fromkeys(one.key for one in possible))),)
    found = vectors.first(store_id=store_id, where=where, limit=_MOST_FOUND)
    known = {key for _, payload in found for key in payload["sku_keys"]}
    return next((one for one in possible if one.key in known), None)

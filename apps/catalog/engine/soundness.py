"""Whether a point of the index is what its product says."""

from __future__ import annotations

from pydantic import ValidationError

from apps.catalog.engine.payload import point_id, text_hash, to_product
from apps.catalog.engine.records import Payload


def fault_of(id_: str, payload: Payload) -> str:
    """What is wrong with a product's payload, in a few words; empty when it is sound."""
    try:
        product = to_product(payload)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"is no product: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    if id_ != point_id(str(payload.get("store_id")), product.product_id):
        return f"is not where the product {product.product_id} of its store belongs"
    if payload.get("content_hash") != product.content_hash():
        return "does not fit its content hash"
    if payload.get("text_hash") != text_hash(product):
        return "does not fit its text hash"
    return ""

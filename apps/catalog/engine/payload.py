"""A product as the index keeps it, and back."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from apps.catalog.engine.records import FieldType, Payload
from apps.catalog.engine.understanding.colors import color_keys
from apps.catalog.engine.understanding.facts import fact_keys
from apps.catalog.engine.understanding.measures import MEASURE_FIELDS, measures_of
from apps.catalog.engine.understanding.sizes import size_keys
from apps.catalog.engine.words.lexical import fold
from apps.catalog.engine.words.part_numbers import sku_keys
from apps.catalog.engine.words.word_keys import word_keys
from apps.catalog.product import Product

PRODUCT_FIELDS: dict[str, FieldType] = {
    "store_id": "keyword",
    "product_id": "keyword",
    "connector_id": "keyword",
    "sync_run": "keyword",
    "category": "keyword",
    "category_keys": "keyword",
    "brand": "keyword",
    "brand_key": "keyword",
    "currency": "keyword",
    "price": "float",
    "rating": "float",
    "in_stock": "integer",
    "created_s": "float",
    "color_keys": "keyword",
    "size_keys": "keyword",
    "fact_keys": "keyword",
    "measure_kinds": "keyword",
    **dict.fromkeys(MEASURE_FIELDS, "float"),
    "image_model": "keyword",
    "sku_keys": "prefix",
    "word_keys": "keyword",
}
# What of a payload the ranking looks at and the shopper is shown. The keys for filters are the larger half of it.
RANKED_FIELDS = (*Product.model_fields, "brand_key", "created_s")
_NAMESPACE = uuid.UUID("7a0e5bb0-6a55-4ef0-9d0f-6d7b1f1c3c6e")
_OWN = frozenset(Product.model_fields)
# A path of five has 31 sub-paths; what lies deeper than this is found by its text.
_DEEPEST = 5


def point_id(store_id: str, product_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{store_id}\0{product_id}"))


def to_payload(product: Product, *, store_id: str, sync_run: str) -> Payload:
    """The record, and beside it what filters need. `in_stock` is 0 or 1, since Edge cannot filter booleans.

    `sync_run` is the run that last saw the product, `written_by` the one that found it new or changed,
    `added_by` the one that found it new.
    """
    payload: dict[str, Any] = product.model_dump(mode="json")
    measures = measures_of(product)
    payload.update(
        store_id=store_id,
        in_stock=int(product.in_stock),
        category_keys=sorted(set(category_keys(product.category))),
        brand_key=brand_key(product.brand),
        created_s=_seconds(product.created_at),
        color_keys=color_keys(product),
        size_keys=size_keys(product),
        fact_keys=fact_keys(product),
        measures=measures,
        measure_kinds=sorted(measures),
        sku_keys=sku_keys(product.sku, product.title, _other_numbers(product)),
        word_keys=word_keys(product.title, product.brand, product.category),
        content_hash=product.content_hash(),
        text_hash=text_hash(product),
        sync_run=sync_run,
        written_by=sync_run,
        added_by=sync_run,
    )
    return payload


def refreshed(payload: Payload) -> Payload:
    """The payload of another layout, with its keys made anew; when it was seen and written stays."""
    fresh = to_payload(to_product(payload), store_id=payload["store_id"], sync_run=payload["sync_run"])
    return {
        **fresh,
        "written_by": payload.get("written_by", payload["sync_run"]),
        "added_by": payload.get("added_by", ""),
    }


def to_product(payload: Payload) -> Product:
    fields = {name: value for name, value in payload.items() if name in _OWN}
    fields["in_stock"] = bool(fields.get("in_stock", 1))
    return Product.model_validate(fields)


def text_hash(product: Product) -> str:
    """The same hash means the same vectors: a new price or stock level needs no embedding."""
    words = [
        product.embedding_text(),
        product.sku,
        *(part for pair in product.attributes.items() for part in pair),
    ]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def _other_numbers(product: Product) -> list[str]:
    return [*product.gtins, *(variant.sku for variant in product.variants)]


def _seconds(moment: datetime | None) -> float | None:
    """Seconds since 1970; a moment without a time zone is UTC."""
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def brand_key(brand: str) -> str:
    return " ".join(fold(brand).split())


def segments(category: str) -> list[str]:
    """ "Men > Jackets" is ["men", "jackets"]."""
    return [part for part in (fold(segment).strip() for segment in category.split(">")) if part]


def category_key(category: str) -> str:
    return " > ".join(segments(category))


def category_keys(category: str) -> Iterator[str]:
    """Every name that a category answers to: all its sub-paths in order, so "jackets" and "men > jackets"."""
    path = segments(category)[:_DEEPEST]
    for length in range(1, len(path) + 1):
        for chosen in combinations(path, length):
            yield " > ".join(chosen)

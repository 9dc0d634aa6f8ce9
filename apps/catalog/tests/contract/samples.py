"""Four points of two stores, small enough to know by heart."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np

from apps.catalog.engine.embedding import to_bytes
from apps.catalog.engine.records import CollectionSpec, Equals, FieldType, Point, Sparse

RED, GREEN, BLUE, OTHER_STORES = (str(uuid.UUID(int=number)) for number in (1, 2, 3, 4))
NOBODY = str(uuid.UUID(int=99))
IN_ONE = Equals("store_id", "one")
SIZE = 4
FIELDS: dict[str, FieldType] = {
    "store_id": "keyword",
    "category_keys": "keyword",
    "price": "float",
    "in_stock": "integer",
    "brand": "prefix",
    "created_at": "datetime",
}


def vector(*numbers: float) -> bytes:
    return to_bytes(np.array([*numbers, *[0.0] * (SIZE - len(numbers))], dtype=np.float32))


def point(id_: str, dense: bytes, terms: dict[int, float], *, image: bytes | None = None, **payload: Any) -> Point:
    sparse = Sparse(indices=sorted(terms), values=[terms[term] for term in sorted(terms)])
    return Point(id=id_, dense=dense, sparse=sparse, image=image, payload={"store_id": "one", **payload})


JACKET: dict[str, Any] = {"category_keys": ["men", "men > jackets"], "brand": "A", "created_at": "2026-03-01"}
SKIRT: dict[str, Any] = {"category_keys": ["women"], "brand": "B", "created_at": "2026-01-01T10:00:00+02:00"}
BOOT: dict[str, Any] = {"category_keys": ["men"], "brand": "A", "sync_run": "run-1"}
POINTS = [
    point(RED, vector(1), {10: 1.0, 11: 1.0}, image=vector(1), price=10.0, in_stock=1, **JACKET),
    point(GREEN, vector(0.9, 0.1), {11: 1.0}, price=60.0, in_stock=0, rating=4.5, **SKIRT),
    point(BLUE, vector(0, 1), {12: 3.0}, image=vector(0.6, 0.8), price=99.5, in_stock=1, **BOOT),
    point(OTHER_STORES, vector(1), {10: 1.0}, image=vector(1), store_id="two", price=10.0, in_stock=1, brand="Ab"),
]


def spec(name: str) -> CollectionSpec:
    return CollectionSpec(name=name, dense_size=SIZE, image_size=SIZE, lexical=True, fields=FIELDS)

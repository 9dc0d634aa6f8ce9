"""Writes: what they change, what they leave, and what is refused."""

from __future__ import annotations

import uuid

import pytest

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.records import Equals, Ids, Point
from apps.catalog.tests.contract.samples import (
    BLUE,
    GREEN,
    IN_ONE,
    NOBODY,
    OTHER_STORES,
    POINTS,
    RED,
    vector,
)


def test_fields_are_set_on_the_points_that_match_and_the_others_stay(backend: VectorBackend, fresh: str) -> None:
    backend.set_payload(fresh, (IN_ONE, Ids((RED, OTHER_STORES, NOBODY))), {"sync_run": "run-2"})
    assert backend.retrieve(fresh, [RED])[RED] == {**POINTS[0].payload, "sync_run": "run-2"}
    assert "sync_run" not in backend.retrieve(fresh, [OTHER_STORES])[OTHER_STORES]


def test_a_payload_is_replaced_and_the_vectors_stay(backend: VectorBackend, fresh: str) -> None:
    backend.replace_payload(fresh, (IN_ONE, Ids((RED,))), {"store_id": "one", "price": 5.0})
    assert backend.retrieve(fresh, [RED])[RED] == {"store_id": "one", "price": 5.0}
    assert set(backend.vectors(fresh, (Ids((RED,)),), limit=1)[RED]) == {"text", "image"}


def test_a_second_upsert_replaces_the_point_and_its_vectors(backend: VectorBackend, fresh: str) -> None:
    backend.upsert(fresh, [Point(id=RED, dense=vector(0, 1), payload={"store_id": "one"})])
    assert backend.count(fresh, ()) == len(POINTS)
    assert backend.retrieve(fresh, [RED])[RED] == {"store_id": "one"}
    assert set(backend.vectors(fresh, (Ids((RED,)),), limit=1)[RED]) == {"text"}


def test_delete_takes_what_matches_and_says_how_many(backend: VectorBackend, fresh: str) -> None:
    assert backend.delete(fresh, (IN_ONE, Equals("brand", "A"))) == 2
    assert backend.count(fresh, ()) == 2
    assert backend.delete(fresh, (Equals("brand", "nobody"),)) == 0
    assert backend.delete(fresh, (IN_ONE, Ids((GREEN, OTHER_STORES)))) == 1
    assert set(backend.retrieve(fresh, [RED, GREEN, BLUE, OTHER_STORES])) == {OTHER_STORES}


def test_a_change_without_a_condition_is_refused(backend: VectorBackend, fresh: str) -> None:
    for change in (
        lambda: backend.delete(fresh, ()),
        lambda: backend.set_payload(fresh, (), {"price": 0.0}),
        lambda: backend.replace_payload(fresh, (), {}),
    ):
        with pytest.raises(CatalogError, match="without a condition"):
            change()
    assert backend.retrieve(fresh, [RED])[RED] == POINTS[0].payload
    assert backend.count(fresh, ()) == len(POINTS)


def test_a_vector_of_another_size_is_refused_and_nothing_of_its_batch_written(
    backend: VectorBackend, fresh: str
) -> None:
    good, bad = (str(uuid.uuid4()) for _ in range(2))
    batch = [
        Point(id=good, dense=vector(1), payload={"store_id": "one"}),
        Point(id=bad, dense=vector(1) + vector(1), payload={"store_id": "one"}),
    ]
    with pytest.raises(CatalogError):
        backend.upsert(fresh, batch)
    assert backend.retrieve(fresh, [bad]) == {}

"""Reads by id, by pages, in an order, by value, and by nearness."""

from __future__ import annotations

import numpy as np
import pytest

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.records import Ids, StartsWith
from apps.catalog.tests.contract.samples import (
    BLUE,
    GREEN,
    IN_ONE,
    NOBODY,
    POINTS,
    RED,
)


def test_points_are_read_by_their_ids_whole_or_in_part(backend: VectorBackend, shop: str) -> None:
    whole = backend.retrieve(shop, [RED, NOBODY])
    assert set(whole) == {RED}
    assert whole[RED] == POINTS[0].payload
    assert backend.retrieve(shop, [GREEN], ["brand", "nothing"]) == {GREEN: {"brand": "B"}}


def test_pages_follow_each_other_without_loss(backend: VectorBackend, shop: str) -> None:
    seen: list[str] = []
    after: str | None = None
    while True:
        page, after = backend.scroll(shop, (), limit=2, after=after)
        seen += [id_ for id_, _ in page]
        if after is None:
            break
    assert sorted(seen) == sorted(point.id for point in POINTS)
    assert len(set(seen)) == len(seen)
    by_id, _ = backend.scroll(shop, (), limit=9, fields=["brand", "nothing"])
    assert dict(by_id)[GREEN] == {"brand": "B"}
    assert dict(by_id)[BLUE] == {"brand": "A"}


def test_ordered_sorts_by_a_number(backend: VectorBackend, shop: str) -> None:
    cheapest = backend.ordered(shop, (IN_ONE,), field="price", descending=False, limit=2)
    dearest = backend.ordered(shop, (IN_ONE,), field="price", descending=True, limit=2)
    assert [id_ for id_, _ in cheapest] == [RED, GREEN]
    assert [id_ for id_, _ in dearest] == [BLUE, GREEN]


def test_ordered_sorts_by_a_date_and_leaves_out_what_has_none(backend: VectorBackend, shop: str) -> None:
    newest = backend.ordered(shop, (IN_ONE,), field="created_at", descending=True, limit=5)
    assert [id_ for id_, _ in newest] == [RED, GREEN]


def test_facets_count_the_values_of_a_field(backend: VectorBackend, shop: str) -> None:
    assert dict(backend.facet(shop, "category_keys", (IN_ONE,), limit=10)) == {
        "men": 2,
        "men > jackets": 1,
        "women": 1,
    }
    assert backend.facet(shop, "brand", (IN_ONE,), limit=1) == [("A", 2)]
    assert dict(backend.facet(shop, "in_stock", (IN_ONE,), limit=5)) == {"1": 2, "0": 1}


def test_facets_with_a_prefix_leave_out_the_other_values_of_the_same_points(
    backend: VectorBackend, shop: str
) -> None:
    where = (IN_ONE, StartsWith("category_keys", "men >"))
    assert backend.facet(shop, "category_keys", where, limit=5, prefix="men >") == [("men > jackets", 1)]


def test_stored_vectors_come_back_as_unit_vectors_where_a_point_has_them(
    backend: VectorBackend, shop: str
) -> None:
    stored = backend.vectors(shop, (Ids((GREEN, BLUE, NOBODY)),), limit=10)
    assert set(stored) == {GREEN, BLUE}
    assert set(stored[GREEN]) == {"text"}
    assert np.linalg.norm(np.frombuffer(stored[GREEN]["text"], dtype="<f4")) == pytest.approx(1, abs=1e-3)
    assert np.allclose(np.frombuffer(stored[BLUE]["image"], dtype="<f4"), [0.6, 0.8, 0, 0], atol=1e-3)


def test_the_state_counts_points_and_vectors(backend: VectorBackend, shop: str) -> None:
    state = backend.state(shop)
    assert (state.points, dict(state.vectors)) == (4, {"text": 4, "image": 3, "lexical": 4})
    assert state.segments >= 1
    assert state.optimised
    assert state.damage == ""
    assert state.bytes_on_disk is None or 10_000 < state.bytes_on_disk < 100_000_000

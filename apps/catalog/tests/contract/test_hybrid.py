"""The hybrid query: two rankings over one filter."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.records import Equals, HybridRequest, Point, Sparse
from apps.catalog.tests.contract.samples import BLUE, GREEN, IN_ONE, RED, vector


def ask(
    backend: VectorBackend, name: str, *, dense: bytes | None, sparse: Sparse | None, **more: Any
) -> list[Any]:
    where = (IN_ONE, *more.pop("where", ()))
    request = HybridRequest(where=where, scope=(IN_ONE,), dense=dense, sparse=sparse, limit=10, **more)
    return backend.hybrid(name, request)


def test_the_dense_query_ranks_by_cosine(backend: VectorBackend, shop: str) -> None:
    matches = ask(backend, shop, dense=vector(1), sparse=None)
    assert [match.id for match in matches] == [RED, GREEN, BLUE]
    assert matches[0].dense == pytest.approx(1.0, abs=1e-3)
    assert matches[0].lexical is None
    assert matches[0].payload["price"] == 10.0


def test_the_lexical_query_finds_only_its_words_and_weighs_rare_ones_more(
    backend: VectorBackend, shop: str
) -> None:
    common, rare = Sparse([11], [1.0]), Sparse([10], [1.0])
    assert {match.id for match in ask(backend, shop, dense=None, sparse=common)} == {RED, GREEN}
    rare_score = ask(backend, shop, dense=None, sparse=rare)[0].lexical
    common_score = ask(backend, shop, dense=None, sparse=common)[0].lexical
    assert rare_score > common_score


def test_idf_is_counted_in_the_own_store_alone(backend: VectorBackend, fresh: str) -> None:
    before = ask(backend, fresh, dense=None, sparse=Sparse([10], [1.0]))[0].lexical
    strangers = [
        Point(id=str(uuid.uuid4()), dense=vector(1), sparse=Sparse([10], [1.0]), payload={"store_id": "two"})
        for _ in range(20)
    ]
    backend.upsert(fresh, strangers)
    assert ask(backend, fresh, dense=None, sparse=Sparse([10], [1.0]))[0].lexical == pytest.approx(before)


def test_hybrid_keeps_the_filter_in_both_queries(backend: VectorBackend, shop: str) -> None:
    matches = ask(backend, shop, dense=vector(1), sparse=Sparse([10, 11], [1, 1]), where=(Equals("in_stock", 0),))
    assert [match.id for match in matches] == [GREEN]
    assert matches[0].dense is not None
    assert matches[0].lexical is not None


def test_what_is_named_comes_first_and_keeps_the_filter(backend: VectorBackend, shop: str) -> None:
    named = (Equals("brand", "A"),)
    matches = ask(backend, shop, dense=vector(1), sparse=None, named=named)
    assert [(match.id, match.named) for match in matches] == [
        (RED, True), (BLUE, True), (RED, False), (GREEN, False), (BLUE, False),
    ]  # fmt: skip
    assert matches[1].payload["price"] == 99.5
    sold_out = ask(backend, shop, dense=vector(1), sparse=None, named=named, where=(Equals("in_stock", 0),))
    assert [(match.id, match.named) for match in sold_out] == [(GREEN, False)]


def test_what_is_far_in_its_meaning_is_no_match_but_what_is_named_is(backend: VectorBackend, shop: str) -> None:
    matches = ask(backend, shop, dense=vector(1), sparse=Sparse([12], [1]), least=0.5)
    assert [match.id for match in matches] == [RED, GREEN]
    by_words = ask(backend, shop, dense=None, sparse=Sparse([12], [1]), least=0.5)
    assert [match.id for match in by_words] == [BLUE]
    named = ask(backend, shop, dense=vector(1), sparse=None, least=0.95, named=(Equals("sync_run", "run-1"),))
    assert [match.id for match in named] == [BLUE, RED, GREEN]


def test_only_the_fields_that_are_asked_for_come_along(backend: VectorBackend, shop: str) -> None:
    match = ask(backend, shop, dense=vector(1), sparse=None, fields=("price", "brand"))[0]
    assert match.payload == {"price": 10.0, "brand": "A"}
    match = ask(backend, shop, dense=vector(1), sparse=None)[0]
    assert match.payload["category_keys"] == ["men", "men > jackets"]

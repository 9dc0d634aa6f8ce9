"""Filters: each condition selects exactly its points."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.records import (
    AnyOf,
    Between,
    Differs,
    During,
    Either,
    Equals,
    HasVector,
    Ids,
    Not,
    StartsWith,
    Where,
)
from apps.catalog.tests.contract.samples import BLUE, GREEN, IN_ONE, NOBODY, OTHER_STORES, RED

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ((IN_ONE,), {RED, GREEN, BLUE}),
        ((IN_ONE, Equals("in_stock", 1)), {RED, BLUE}),
        ((IN_ONE, Equals("in_stock", 0)), {GREEN}),
        ((IN_ONE, Equals("category_keys", "men")), {RED, BLUE}),
        ((Equals("category_keys", "men > jackets"),), {RED}),
        ((IN_ONE, Between("price", lt=60)), {RED}),
        ((IN_ONE, Between("price", lte=60)), {RED, GREEN}),
        ((IN_ONE, Between("price", gt=10, lt=99.5)), {GREEN}),
        ((IN_ONE, Between("price", gte=99.5)), {BLUE}),
        ((IN_ONE, Between("price", gte=90, lte=20)), set()),
        ((Between("rating", gte=4),), {GREEN}),
        ((IN_ONE, AnyOf("brand", ("B", "C"))), {GREEN}),
        ((IN_ONE, AnyOf("in_stock", (0, 2))), {GREEN}),
        ((AnyOf("brand", ()),), set()),
        ((IN_ONE, Differs("sync_run", "run-1")), {RED, GREEN}),
        ((IN_ONE, Not(AnyOf("category_keys", ("women", "jackets")))), {RED, BLUE}),
        ((IN_ONE, Not(Equals("sync_run", "run-1"))), {RED, GREEN}),
        ((IN_ONE, Not(Between("price", gte=20, lt=70))), {RED, BLUE}),
        ((IN_ONE, Not(Between("rating", gte=4))), {RED, BLUE}),
        ((IN_ONE, Not(Not(Equals("brand", "B")))), {GREEN}),
        ((IN_ONE, Either((Equals("brand", "B"), Between("price", gt=90)))), {GREEN, BLUE}),
        ((IN_ONE, Either(())), set()),
        ((IN_ONE, Ids((RED, OTHER_STORES, NOBODY))), {RED}),
        ((IN_ONE, Ids(())), set()),
        ((IN_ONE, HasVector("image")), {RED, BLUE}),
        ((IN_ONE, Not(HasVector("image"))), {GREEN}),
        ((IN_ONE, StartsWith("category_keys", "men >")), {RED}),
        ((StartsWith("brand", "A"),), {RED, BLUE, OTHER_STORES}),
        ((IN_ONE, StartsWith("brand", "b")), set()),
        ((During("created_at", gte=NEW_YEAR),), {RED, GREEN}),
        ((During("created_at", gt=NEW_YEAR + timedelta(hours=8)),), {RED}),
        ((During("created_at", gte=NEW_YEAR, lt=NEW_YEAR + timedelta(hours=9)),), {GREEN}),
    ],
)
def test_every_condition_selects_exactly_its_points(
    backend: VectorBackend, shop: str, where: Where, found: set[str]
) -> None:
    page, following = backend.scroll(shop, where, limit=10)
    assert {id_ for id_, _ in page} == found
    assert following is None
    assert backend.count(shop, where) == len(found)


def test_a_limit_that_is_no_number_is_refused_before_it_reaches_the_index() -> None:
    with pytest.raises(CatalogError) as caught:
        Between("price", lt=float("nan"))
    assert caught.value.code == "bad_limit"

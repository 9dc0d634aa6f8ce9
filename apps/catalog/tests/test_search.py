"""Search in a small shop, over the real index and the real model."""

from __future__ import annotations

import pytest

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.queries import SearchQuery, SearchResult
from apps.catalog.tests.shop import SHOP, new_store


@pytest.fixture(scope="module")
def shop(session_catalog: Catalog) -> str:
    store_id = new_store()
    session_catalog.index(store_id=store_id, products=SHOP, sync_run="run-1")
    return store_id


def ask(catalog: Catalog, store_id: str, text: str) -> SearchResult:
    return catalog.search(store_id=store_id, query=catalog.parse(store_id=store_id, text=text))


def ids(result: SearchResult) -> list[str]:
    return [hit.product.product_id for hit in result.hits]


def test_a_warm_jacket_for_men_under_60_gives_exactly_those_and_the_warm_ones_first(
    catalog: Catalog, shop: str
) -> None:
    result = ask(catalog, shop, "a warm jacket for men under 60 dollars")
    found = ids(result)
    wanted = {p.product_id for p in SHOP if p.category == "Men > Jackets" and (p.price or 0) < 60}
    assert set(found) == wanted
    assert set(found[:2]) == {"m-down", "m-fleece"}
    assert result.labels == ["Men > Jackets", "under $60"]


@pytest.mark.parametrize("text", ["quantum tractor", "asdfgh", "red bicycle", "do you have any laptops?"])
def test_what_the_store_does_not_carry_finds_nothing(catalog: Catalog, shop: str, text: str) -> None:
    assert ids(ask(catalog, shop, text)) == []


def test_meaning_finds_what_words_do_not(catalog: Catalog, shop: str) -> None:
    assert ids(ask(catalog, shop, "ear phones to listen to music"))[0] in {"earbuds", "headphones"}


def test_every_hit_is_the_record_that_was_indexed(catalog: Catalog, shop: str) -> None:
    by_id = {p.product_id: p for p in SHOP}
    hits = ask(catalog, shop, "jacket").hits
    assert hits
    for hit in hits:
        assert hit.product == by_id[hit.product.product_id]


def test_another_store_sees_none_of_it(catalog: Catalog, shop: str) -> None:
    other = new_store()
    assert catalog.search(store_id=other, query=SearchQuery(text="jacket")).hits == []
    assert catalog.get(store_id=other, product_ids=["m-down"]) == []
    assert catalog.count(store_id=other) == 0

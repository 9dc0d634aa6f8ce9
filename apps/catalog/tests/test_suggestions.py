"""Suggestions while a shopper types, over the real index."""

from __future__ import annotations

import pytest

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.suggestions import Suggestion
from apps.catalog.tests.shop import SHOP, new_store


@pytest.fixture(scope="module")
def shop(session_catalog: Catalog) -> str:
    store_id = new_store()
    numbered = SHOP[0].model_copy(update={"product_id": "toner", "title": "Black toner", "sku": "TN-2110"})
    session_catalog.index(store_id=store_id, products=[*SHOP, numbered], sync_run="run-1")
    return store_id


def texts(suggestions: list[Suggestion], kind: str) -> list[str]:
    return [one.text for one in suggestions if one.kind == kind]


def test_a_word_that_is_begun_suggests_categories_words_and_products(catalog: Catalog, shop: str) -> None:
    found = catalog.suggest(store_id=shop, text="jack")
    assert "Men > Jackets" in texts(found, "category")
    assert texts(found, "words") == ["jackets"]
    titles = texts(found, "product")
    assert titles
    assert all("jack" in title.lower() for title in titles)
    assert len(found) <= 8


def test_what_was_typed_before_holds(catalog: Catalog, shop: str) -> None:
    found = catalog.suggest(store_id=shop, text="Rain ja")
    assert texts(found, "product") == ["Harbour Rain Jacket"]
    assert texts(found, "words") == ["rain jackets"]


def test_a_brand_and_a_part_number_are_suggested_too(catalog: Catalog, shop: str) -> None:
    assert "Fjell" in texts(catalog.suggest(store_id=shop, text="fj"), "brand")
    for text in ("tn-2", "brother TN 21"):
        found = catalog.suggest(store_id=shop, text=text)
        assert [one.product.product_id for one in found if one.product] == ["toner"]


def test_a_typing_error_does_not_matter(catalog: Catalog, shop: str) -> None:
    assert any(
        "eadphones" in title for title in texts(catalog.suggest(store_id=shop, text="haedphones"), "product")
    )
    assert texts(catalog.suggest(store_id=shop, text="rian jacket"), "product") == ["Harbour Rain Jacket"]
    assert "Harbour Rain Jacket" in texts(catalog.suggest(store_id=shop, text="harbuor rain ja"), "product")


@pytest.mark.parametrize("text", ["", " ", "???", "zzzzqq", "💥", "\0", "x" * 10_000, "自転車", "שול"])
def test_nothing_fits_odd_beginnings(catalog: Catalog, shop: str, text: str) -> None:
    assert catalog.suggest(store_id=shop, text=text) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_there_are_never_more_than_asked_for(catalog: Catalog, shop: str, limit: int) -> None:
    assert 1 <= len(catalog.suggest(store_id=shop, text="j", limit=limit)) <= limit


def test_another_store_suggests_its_own(catalog: Catalog) -> None:
    assert catalog.suggest(store_id=new_store(), text="jack") == []

"""Search in a small shop, over the real index and the real model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

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


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("cheapest jacket", ["m-fleece", "m-bomber", "m-rain", "w-down", "m-down", "m-sixty", "m-parka"]),
        ("most expensive headphones", ["headphones", "earbuds"]),
        ("best rated mug", ["mug-blue", "mug-travel"]),
        ("jackets up to 60 dollars for men, cheapest", ["m-fleece", "m-bomber", "m-rain", "m-down", "m-sixty"]),
    ],
)
def test_a_sort_is_exact(catalog: Catalog, shop: str, text: str, wanted: list[str]) -> None:
    assert ids(ask(catalog, shop, text)) == wanted


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (SearchQuery(in_stock=False), {"m-fleece", "mug-travel"}),
        (SearchQuery(brands=["fjell"], price_max=57), {"m-fleece", "w-down"}),
        (SearchQuery(brands=["Kiln & Co"], in_stock=True), {"mug-blue"}),
        (SearchQuery(rating_min=4.7), {"m-down", "m-parka", "w-down"}),
        (SearchQuery(price_min=89, price_max=129), {"m-parka", "headphones"}),
        (SearchQuery(price_min=89, price_max=129, price_over=True, price_under=True), set()),
        (SearchQuery(price_min=89, price_max=129, price_under=True), {"headphones"}),
        (SearchQuery(price_min=89, price_max=129, price_over=True), {"m-parka"}),
        (SearchQuery(category="men > jackets", price_max=40), {"m-fleece"}),
        (SearchQuery(category="Headphones"), {"headphones", "earbuds"}),
        (SearchQuery(text="mug", in_stock=True), {"mug-blue"}),
    ],
)
def test_limits_are_hard(catalog: Catalog, shop: str, query: SearchQuery, wanted: set[str]) -> None:
    assert set(ids(catalog.search(store_id=shop, query=query))) == wanted


def test_a_category_that_the_store_does_not_know_ranks_and_hides_nothing(catalog: Catalog, shop: str) -> None:
    result = catalog.search(store_id=shop, query=SearchQuery(text="blue", category="Cups and mugs"))
    assert ids(result)[0] == "mug-blue"
    assert result.query.category is None
    assert result.labels == []


def test_pages_of_a_search_do_not_overlap(catalog: Catalog, shop: str) -> None:
    def page(offset: int) -> list[str]:
        return ids(catalog.search(store_id=shop, query=SearchQuery(text="jacket", limit=3, offset=offset)))

    pages = page(0) + page(3) + page(6)
    assert len(pages) == len(set(pages)) >= 7
    assert page(100) == []


def test_a_product_without_a_price_is_never_within_a_price(catalog: Catalog, shop: str) -> None:
    assert "gift-card" in ids(ask(catalog, shop, "gift card"))
    assert ids(ask(catalog, shop, "gift card under 1000 dollars")) == []


def test_what_is_titled_so_is_found_outside_the_category_that_it_sounds_like(catalog: Catalog) -> None:
    store_id = new_store()
    tent = SHOP[0].model_copy(update={"product_id": "bag", "title": "Mummy Sleeping Bag", "category": "Camping"})
    tote = SHOP[0].model_copy(update={"product_id": "tote", "title": "Market Tote", "category": "Bags"})
    catalog.index(store_id=store_id, products=[tent, tote], sync_run="run-1")
    assert ids(ask(catalog, store_id, "a sleeping bag"))[0] == "bag"
    assert ids(ask(catalog, store_id, "a blue bag")) == ["tote"]


@pytest.mark.parametrize("text", ["", "what do you have?", "anything in stock"])
def test_a_request_for_anything_shows_the_best_rated(catalog: Catalog, shop: str, text: str) -> None:
    hits = ask(catalog, shop, text).hits
    ratings = [hit.product.rating or 0 for hit in hits]
    assert len(hits) == 8
    assert ratings == sorted(ratings, reverse=True)


@pytest.mark.parametrize("text", ["???", "💥💥", "( ͡° ͜ʖ ͡°)", "自転車", "ñandú", "x" * 400, "' OR 1=1 --", "\0"])
def test_odd_text_finds_nothing_and_breaks_nothing(catalog: Catalog, shop: str, text: str) -> None:
    assert ids(ask(catalog, shop, text)) == []


def test_a_jumper_is_a_sweater(catalog: Catalog) -> None:
    store_id = new_store()
    sweater = SHOP[0].model_copy(update={"product_id": "s", "title": "Merino Sweater", "category": "Knitwear"})
    catalog.index(store_id=store_id, products=[sweater, *SHOP], sync_run="run-1")
    assert ids(ask(catalog, store_id, "I need a jumper"))[0] == "s"


def test_products_are_recognised_by_their_titles_in_a_free_text(catalog: Catalog, shop: str) -> None:
    named = catalog.mentioned(store_id=shop, text="Take the Harbour Rain Jacket, and with it the desk lamp!")
    assert [product.product_id for product in named] == ["m-rain", "lamp"]
    assert catalog.mentioned(store_id=shop, text="It will arrive tomorrow.") == []
    assert catalog.mentioned(store_id=shop, text="") == []
    assert catalog.mentioned(store_id=new_store(), text="the Harbour Rain Jacket") == []


def test_many_threads_may_ask_at_once(catalog: Catalog, shop: str) -> None:
    texts = ["jacket", "mug", "headphones under 60", "quantum tractor"] * 10
    alone = [ids(ask(catalog, shop, text)) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: ids(ask(catalog, shop, text)), texts)) == alone

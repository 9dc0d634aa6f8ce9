"""`GET /api/v1/products/search`: what is asked in words and by parameters, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Store
from apps.catalog.api.answers import ProductAnswer, reasoned
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.queries import Reasons
from apps.catalog.tests.shop import SHOP

pytestmark = pytest.mark.django_db


def search(client: Client, store: Store, **given: Any) -> dict[str, Any]:
    answer = client.get(reverse("api_products_search"), {"store": store.public_key, **given})
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def ids(answer: dict[str, Any]) -> list[str]:
    return [hit["product"]["product_id"] for hit in answer["hits"]]


def labels(answer: dict[str, Any]) -> dict[str, str]:
    return {chip["key"]: chip["label"] for chip in answer["filters"]}


def test_a_sentence_is_understood_and_its_limits_come_back_as_filters(client: Client, shop: Store) -> None:
    answer = search(client, shop, q="a warm jacket for men under 60 dollars")
    assert labels(answer) == {"category": "Men > Jackets", "price": "under $60"}
    assert set(ids(answer)) == {"m-rain", "m-down", "m-fleece", "m-bomber"}
    first = answer["hits"][0]
    assert first["product"]["title"] in {"Polar Down Jacket", "Trail Fleece Jacket"}
    assert first["score"] > 0


def test_a_filter_is_removed_by_its_key(client: Client, shop: Store) -> None:
    answer = search(client, shop, q="a warm jacket for men under 60 dollars", without="price")
    assert (labels(answer), answer["removed"]) == ({"category": "Men > Jackets"}, ["price"])
    assert "m-parka" in ids(answer)


def test_removing_a_filter_that_is_not_there_removes_nothing(client: Client, shop: Store) -> None:
    answer = search(client, shop, q="jacket", without="price,in_stock")
    assert answer["removed"] == []


def test_without_understanding_the_sentence_has_no_limits(client: Client, shop: Store) -> None:
    answer = search(client, shop, q="jacket under 60 dollars", parse="0")
    assert answer["filters"] == []
    assert answer["text"] == "jacket under 60 dollars"


def test_a_parameter_takes_the_place_of_what_the_sentence_says(client: Client, shop: Store) -> None:
    answer = search(client, shop, q="jackets for men under 60 dollars", price_max="50")
    assert set(ids(answer)) == {"m-fleece", "m-bomber"}
    assert labels(answer)["price"] == "up to $50"


def test_the_limit_that_is_not_given_stays_as_the_sentence_says_it(client: Client, shop: Store) -> None:
    answer = search(client, shop, q="jackets for men under 60 dollars", price_min="54")
    assert set(ids(answer)) == {"m-rain", "m-down"}  # 54 counts, 60 does not


def test_a_given_price_wins_where_the_sentence_contradicts_it(client: Client, shop: Store) -> None:
    answer = search(client, shop, q="jackets for men under 50 dollars", price_min="100")
    assert ids(answer) == ["m-parka"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"brand": "fjell", "price_max": "57"}, {"m-fleece", "w-down"}),
        ({"brand": ["Kiln & Co", "Lumo"]}, {"mug-blue", "mug-travel", "lamp"}),
        ({"in_stock": "0"}, {"m-fleece", "mug-travel"}),
        ({"color": ["red", "Green"]}, {"m-fleece", "m-bomber", "m-parka", "mug-travel"}),
        ({"rating_min": "4.7"}, {"m-down", "m-parka", "w-down"}),
        ({"category": "men > shirts"}, {"m-shirt"}),
        ({"category": "Tractors"}, set()),
        ({"q": "mug", "in_stock": "true"}, {"mug-blue"}),
        ({"q": "quantum tractor"}, set()),
    ],
)
def test_given_limits_are_hard(client: Client, shop: Store, given: dict[str, Any], wanted: set[str]) -> None:
    assert set(ids(search(client, shop, **given))) == wanted


def test_each_hit_gives_its_reasons_when_asked(client: Client, shop: Store) -> None:
    hit = search(client, shop, q="stoneware mug under 20 dollars", explain="1")["hits"][0]
    reasons = hit["reasons"]
    assert hit["product"]["product_id"] == "mug-blue"
    assert reasons["text"] > 0.3
    assert reasons["lexical"] > 0
    assert set(reasons["words"]["title"]) == {"mug", "stonewar"}
    assert "under $20" in reasons["limits"]
    assert search(client, shop, q="stoneware mug")["hits"][0]["reasons"] is None


@pytest.mark.parametrize(
    ("place", "told"), [("", ""), ("part_number", "part_number"), ("6f9c1d52-of-a-rule", "rule")]
)
def test_a_merchant_s_rule_is_told_and_its_id_is_not(place: str, told: str) -> None:
    reasons = reasoned(Reasons(place=place))
    assert reasons is not None
    assert reasons.place == told


def test_the_order_may_be_given(client: Client, shop: Store) -> None:
    assert ids(search(client, shop, category="Mugs", sort="price_desc")) == ["mug-travel", "mug-blue"]
    assert ids(search(client, shop, q="cheapest mugs", sort="price_desc")) == ["mug-travel", "mug-blue"]


def test_pages_lead_to_the_next_one_and_do_not_overlap(client: Client, shop: Store) -> None:
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        answer = search(client, shop, q="jacket", limit="3", offset=str(offset))
        seen += ids(answer)
        offset = answer["next_offset"]
    assert len(seen) == len(set(seen)) == 7


def test_the_number_of_all_hits_is_told_where_there_is_one(client: Client, shop: Store) -> None:
    assert search(client, shop, category="Jackets", limit="2")["total"] == 7
    assert search(client, shop, q="jackets under 55 dollars", limit="2")["total"] == 3
    assert search(client, shop, q="mug", limit="2", offset="1")["total"] == 2
    assert search(client, shop, q="something to wear", limit="1")["total"] is None
    assert search(client, shop, q="💥", offset="5")["total"] == 0


def test_nothing_asked_is_the_whole_shop(client: Client, shop: Store) -> None:
    assert len(ids(search(client, shop, limit="50"))) == len(SHOP)


def test_empty_parameters_count_as_absent_as_forms_send_them(client: Client, shop: Store) -> None:
    assert ids(search(client, shop, q="mug", price_min="", brand="", sort="")) == ids(
        search(client, shop, q="mug")
    )


def test_a_product_is_shown_as_the_index_has_it_and_with_nothing_private(
    client: Client, store: Store, catalog: Catalog
) -> None:
    product = SHOP[0].model_copy(update={"connector_id": "connector-7", "platform": "magento"})
    catalog.index(store_id=str(store.pk), products=[product], sync_run="run-77")
    for answer in (
        client.get(reverse("api_products_search"), {"store": store.public_key, "explain": "1"}),
        client.get(reverse("api_product", args=["m-rain"]), {"store": store.public_key}),
    ):
        assert answer.status_code == 200
        told = answer.content.decode()
        assert "Harbour Rain Jacket" in told
        for secret in ("connector", "run-77", "sync_run", "written_by", "hash", "_key", "magento", str(store.pk)):
            assert secret not in told, secret


def test_one_product_is_found_by_its_id_also_one_with_slashes(
    client: Client, store: Store, catalog: Catalog
) -> None:
    product = SHOP[0].model_copy(update={"product_id": "gid://shopify/Product/7?x=1"})
    catalog.index(store_id=str(store.pk), products=[product], sync_run="run-1")
    answer = client.get(reverse("api_product", args=[product.product_id]), {"store": store.public_key})
    assert answer.json()["product_id"] == product.product_id
    assert (answer.json()["price"], answer.json()["currency"]) == (54.0, "USD")
    gone = client.get(reverse("api_product", args=["nothing"]), {"store": store.public_key})
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_product")


def test_products_that_are_like_one_come_without_it_and_without_what_is_only_nearest(
    client: Client, shop: Store
) -> None:
    def similar(product_id: str, **given: Any) -> list[str]:
        address = reverse("api_products_similar", args=[product_id])
        return ids(client.get(address, {"store": shop.public_key, **given}).json())

    alike = similar("m-down")
    assert "w-down" in alike[:3]
    assert not {"m-down", "lamp", "mug-blue", "gift-card"} & set(alike)
    assert "m-fleece" not in similar("m-down", in_stock="1")
    assert len(similar("m-down", limit="2")) == 2
    gone = client.get(reverse("api_products_similar", args=["nothing"]), {"store": shop.public_key})
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_product")


def test_suggestions_come_while_a_word_is_typed(client: Client, shop: Store) -> None:
    def suggest(text: str, **given: Any) -> list[tuple[str, str]]:
        address = reverse("api_products_suggest")
        answer = client.get(address, {"store": shop.public_key, "q": text, **given})
        assert answer.status_code == 200
        return [(one["kind"], one["text"]) for one in answer.json()["suggestions"]]

    found = suggest("down ja")
    assert ("product", "Polar Down Jacket") in found
    assert ("category", "Men > Jackets") in suggest("jack")
    assert len(suggest("ja", limit="2")) == 2
    assert suggest("") == []


def test_a_suggested_product_is_shown_with_nothing_private(client: Client, shop: Store) -> None:
    answer = client.get(reverse("api_products_suggest"), {"store": shop.public_key, "q": "polar d"})
    products = [one["product"] for one in answer.json()["suggestions"] if one["kind"] == "product"]
    assert products
    assert set(products[0]) == set(ProductAnswer.model_fields)

"""`GET /api/v1/products/facets`: what stands beside a search, with how many products each choice would leave."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.catalog.product import Product, Variant
from apps.catalog.tests.shop import SHOP

pytestmark = pytest.mark.django_db


def facets(client: Client, store: Store, **given: Any) -> dict[str, Any]:
    answer = client.get(reverse("api_products_facets"), {"store": store.public_key, **given})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()["facets"]
    return found


def counts(values: list[dict[str, Any]]) -> dict[str, int]:
    return {value["value"]: value["count"] for value in values}


def test_a_whole_shop_is_counted(client: Client, shop: Store) -> None:
    found = facets(client, shop)
    assert counts(found["brands"])["Fjell"] == 4
    assert counts(found["categories"])["Men > Jackets"] == 6
    assert counts(found["colors"])["white"] == 3
    assert found["in_stock"] + found["out_of_stock"] == len(SHOP)
    assert found["out_of_stock"] == 2
    assert {one["minimum"]: one["count"] for one in found["ratings"]} == {4: 12, 3: 14, 2: 14, 1: 14}


def test_every_price_range_holds_as_many_as_it_says(client: Client, shop: Store) -> None:
    ranges = facets(client, shop)["prices"]
    assert len(ranges) > 2
    for one in ranges:
        limits = {name: one[end] for name, end in (("price_min", "minimum"), ("price_max", "maximum")) if one[end]}
        answer = client.get(
            reverse("api_products_search"), {"store": shop.public_key, "limit": 50, "in_stock": "", **limits}
        )
        priced = [hit for hit in answer.json()["hits"] if hit["product"]["price"] is not None]
        assert len(priced) == one["count"]


def test_limits_narrow_every_facet_but_their_own(client: Client, shop: Store) -> None:
    found = facets(client, shop, q="jackets for men", brand="Fjell")
    assert counts(found["brands"]) == {"Fjell": 3, "Urbano": 2, "Northlight": 1}
    assert counts(found["categories"])["Men > Jackets"] == 3
    assert (found["in_stock"], found["out_of_stock"]) == (2, 1)


def test_sizes_are_counted_and_hold(client: Client, store: Store, catalog: Catalog) -> None:
    sizes = {"small": ["S", "M"], "large": ["L"]}
    shirts = [
        Product(
            product_id=name,
            title=f"Linen Shirt {name}",
            price=30,
            variants=[Variant(title=size, attributes={"size": size}) for size in offered],
        )
        for name, offered in sizes.items()
    ]
    catalog.index(store_id=str(store.pk), products=shirts, sync_run="run-1")
    assert sum(counts(facets(client, store)["sizes"]).values()) == 3
    answer = client.get(reverse("api_products_search"), {"store": store.public_key, "size": ["M", "XL"]})
    assert [hit["product"]["product_id"] for hit in answer.json()["hits"]] == ["small"]


def test_words_that_rank_narrow_what_is_counted_to_their_hits(client: Client, shop: Store) -> None:
    found = facets(client, shop, q="ear phones to listen to music")
    assert set(counts(found["categories"])) == {"Electronics > Headphones"}
    for text in ("quantum tractor", "💥"):
        nothing = facets(client, shop, q=text)
        assert nothing["brands"] == nothing["prices"] == nothing["ratings"] == []
        assert nothing["in_stock"] == 0


def test_a_category_that_the_store_does_not_have_holds_nothing(client: Client, shop: Store) -> None:
    assert facets(client, shop, category="Tractors")["brands"] == []


def test_what_only_a_search_takes_is_unknown_here(client: Client, shop: Store) -> None:
    answer = client.get(reverse("api_products_facets"), {"store": shop.public_key, "limit": "5"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")

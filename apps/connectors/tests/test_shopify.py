"""The Shopify connector against answers built after the Admin API's documentation: no recording exists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest

from apps.connectors.platforms.base import (
    DeletionFeed,
    StockLookup,
    Withholding,
)
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.tests.replay import ReplayServer
from apps.connectors.tests.shopify_shop import (
    Shop,
    connect,
    needs_fixtures,
    product,
    read,
    rest_fixture,
    rest_product,
    variant,
)

SINCE = datetime(2026, 11, 23, 1, tzinfo=UTC)
LATER = "2026-11-23T07:00:00Z"


@pytest.fixture
def shop() -> Shop:
    return Shop([product(1, "Mug"), product(2, "Plate")])


@pytest.fixture
def server(shop: Shop) -> Iterator[ReplayServer]:
    server = ReplayServer(shop)
    yield server
    server.close()


@needs_fixtures
def test_a_product_of_the_sdk_arrives_whole(server: ReplayServer, shop: Shop) -> None:
    shop.products = [rest_product(rest_fixture("shopify_python_api/product.json")["product"])]
    ipod = read(server)["632910392"]
    assert ipod.model_dump(exclude={"variants", "description", "attributes"}, exclude_defaults=True) == {
        "product_id": "632910392",
        "title": "IPod Nano - 8GB",
        "price": 199.0,
        "currency": "CAD",
        "category": "Cult Products",
        "brand": "Apple",
        "image_url": "http://static.shopify.com/s/files/1/6909/3384/products/ipod-nano.png?0",
        "url": "https://shop.example/products/632910392",
        "platform": "shopify",
        "connector_id": "c1",
        "created_at": datetime.fromisoformat("2011-10-20T14:05:13-04:00"),
        "updated_at": datetime.fromisoformat("2011-10-20T14:05:13-04:00"),
    }
    assert ipod.description.startswith("It's the small iPod with one very big idea")
    assert [(each.sku, each.title, each.price) for each in ipod.variants][:2] == [
        ("IPOD2008PINK", "Pink", 199.0),
        ("IPOD2008RED", "Red", 199.0),
    ]


@needs_fixtures
def test_all_products_of_the_sdk_arrive(server: ReplayServer, shop: Shop) -> None:
    items = rest_fixture("shopify_python_api/products.json")
    shop.products = [rest_product(item) for item in items]
    assert {each.title for each in read(server).values()} == {item["title"] for item in items}


@needs_fixtures
def test_a_product_without_choices_has_no_variants(server: ReplayServer, shop: Shop) -> None:
    shop.products = [rest_product(rest_fixture("go-shopify/product.json")["product"])]
    board = read(server)["1071559748"]
    assert (board.variants, board.attributes, board.price) == ([], {}, 0.0)
    assert board.description == "Good snowboard!"


def test_variants_bring_attributes_prices_and_what_can_be_had(server: ReplayServer, shop: Shop) -> None:
    sizes = [{"name": "Size", "value": "S"}], [{"name": "Size", "value": "L"}]
    shop.products = [
        product(
            7,
            "Jacket",
            variants=[
                variant(71, title="S", sku="J-S", price="58.50", selectedOptions=sizes[0], availableForSale=False),
                variant(
                    72, title="L", sku="J-L", price="49.00", selectedOptions=sizes[1], barcode="4006381333931"
                ),
            ],
        )
    ]
    jacket = read(server)["7"]
    assert (jacket.price, jacket.in_stock, jacket.gtins, jacket.sku) == (49.0, True, ["4006381333931"], "")
    assert jacket.attributes == {"Size": "S, L"}
    assert [(each.sku, each.price, each.in_stock, each.attributes) for each in jacket.variants] == [
        ("J-S", 58.5, False, {"Size": "S"}),
        ("J-L", 49.0, True, {"Size": "L"}),
    ]


def test_more_variants_than_fit_a_page_come_too(server: ReplayServer, shop: Shop) -> None:
    shop.products = [product(7, "Yarn", variants=[variant(700 + each, sku=f"Y{each}") for each in range(180)])]
    assert [each.sku for each in read(server)["7"].variants] == [f"Y{each}" for each in range(180)]


def test_categories_are_shopifys_path_else_the_merchants_words(server: ReplayServer, shop: Shop) -> None:
    summer = [{"title": "Summer"}, {"title": "Sale"}]
    shop.products = [
        product(1, "A", category={"fullName": "Apparel & Accessories > Clothing"}, productType="Shirt"),
        product(2, "B", productType="Shirt", collections=summer),
        product(3, "C", collections=summer),
    ]
    products = read(server)
    assert [products[number].category for number in "123"] == [
        "Apparel & Accessories > Clothing",
        "Shirt",
        "Summer",
    ]
    assert products["3"].attributes == {"Collections": "Summer, Sale"}


def _field(name: str, value: str, kind: str = "single_line_text_field", storefront: str = "PUBLIC_READ") -> Any:
    return {
        "key": name.lower(),
        "type": kind,
        "value": value,
        "definition": {"name": name, "access": {"storefront": storefront}},
    }


def test_metafields_that_visitors_may_read_become_attributes(server: ReplayServer, shop: Shop) -> None:
    fields = [
        _field("Material", "Wool"),
        _field("Washable", "true", "boolean"),
        _field("Uses", '["Hiking", "Sailing"]', "list.single_line_text_field"),
        _field("Cost", "3.20", "number_decimal", storefront="NONE"),
        _field("Sheet", '{"a": 1}', "json"),
        {"key": "loose", "type": "single_line_text_field", "value": "x", "definition": None},
    ]
    shop.products = [product(1, "Mug", metafields=fields)]
    assert read(server)["1"].attributes == {"Material": "Wool", "Washable": "yes", "Uses": "Hiking, Sailing"}


@pytest.mark.parametrize(("best", "rating"), [("5.0", (4.5, 12)), ("10.0", (None, None))])
def test_ratings_are_those_of_the_standard_metafields(
    server: ReplayServer, shop: Shop, best: str, rating: tuple[float | None, int | None]
) -> None:
    told = {"value": json.dumps({"value": "4.5", "scale_min": "1.0", "scale_max": best})}
    shop.products = [product(1, "Mug", rating=told, ratingCount={"value": "12"})]
    mug = read(server)["1"]
    assert (mug.rating, mug.rating_count) == rating


def test_only_what_is_published_comes_unless_all_is_wanted(server: ReplayServer, shop: Shop) -> None:
    shop.products += [product(3, "Draft", status="draft"), product(4, "Wholesale", published=False)]
    assert sorted(read(server)) == ["1", "2"]
    assert sorted(read(server, published_only=False)) == ["1", "2", "4"]
    with connect(server) as connector:
        assert connector.count() == 2


def test_with_since_only_what_was_updated_comes(server: ReplayServer, shop: Shop) -> None:
    shop.products[1]["updatedAt"] = LATER
    with connect(server) as connector:
        pages = list(connector.iter_products(since=SINCE))
    assert [each.title for page in pages for each in page] == ["Plate"]


def test_a_broken_product_among_those_that_changed_ends_nothing(server: ReplayServer, shop: Shop) -> None:
    shop.products.append(product(3, "", updatedAt=LATER))
    with connect(server) as connector:
        assert list(connector.iter_products(since=SINCE)) == []
        assert [text.partition(":")[0] for text in connector.rejected] == ["Product 3"]


@pytest.mark.parametrize("cursor", [None, "cursor-0"])
def test_pages_that_lead_nowhere_are_not_followed(
    server: ReplayServer, monkeypatch: pytest.MonkeyPatch, cursor: str | None
) -> None:
    def page(nodes: list[dict[str, Any]], *_: object) -> dict[str, Any]:
        return {
            "nodes": nodes,
            "pageInfo": {"hasNextPage": "/Product/" in nodes[0]["id"], "endCursor": cursor},
        }

    monkeypatch.setattr("apps.connectors.tests.shopify_shop._page", page)
    with connect(server) as connector, pytest.raises(ConnectorError) as caught:
        list(islice(connector.iter_products(), 9))
    assert caught.value.code == "bad_shape"


def test_what_was_archived_or_taken_offline_has_left(server: ReplayServer, shop: Shop) -> None:
    shop.products += [
        product(3, "Archived", status="archived", updatedAt=LATER),
        product(4, "Offline", published=False, updatedAt=LATER),
        product(5, "Archived long ago", status="archived"),
    ]
    with connect(server, prefix="ab-") as connector:
        assert isinstance(connector, DeletionFeed)
        assert list(connector.deleted_since(SINCE)) == [["ab-3", "ab-4"]]


def test_why_a_product_is_left_out(server: ReplayServer, shop: Shop) -> None:
    shop.products += [product(3, "Old", status="archived"), product(4, "Offline", onlineStoreUrl=None)]
    with connect(server, prefix="ab-") as connector:
        assert isinstance(connector, Withholding)
        assert [connector.withheld(f"ab-{number}") for number in (1, 3, 4, 99)] == [
            "",
            "It is not active in Shopify: its status is “archived”.",
            "It is not published in Shopify's online store.",
            "",
        ]


def test_a_broken_product_is_set_aside(server: ReplayServer, shop: Shop) -> None:
    shop.products += [product(3, ""), product(4, "Odd", variants=[variant(40, price="-1")]), product(5, "Bowl")]
    with connect(server) as connector:
        found = [each.product_id for page in connector.iter_products() for each in page]
    assert found == ["1", "2", "5"]
    assert [text.split(": ")[:2] for text in connector.rejected] == [
        ["Product 3", "title"],
        ["Product 4", "variants.nodes.0.price"],
    ]


def test_stock_is_told_where_it_is_counted(server: ReplayServer, shop: Shop) -> None:
    shop.products[1]["tracksInventory"] = False
    with connect(server, prefix="ab-") as connector:
        assert isinstance(connector, StockLookup)
        assert connector.stock(["ab-1", "ab-2", "ab-99", "1", "ab-x"]) == {"ab-1": 3, "ab-2": None}

"""Magento: what a real 2.2.5 answered, read through the real HTTP client."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.catalog.product import Product
from apps.connectors.platforms.base import (
    CheckReport,
    Link,
    StockLookup,
    Withholding,
)
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.magento.labels import Labels
from apps.connectors.platforms.magento.reading import Storefront, paid
from apps.connectors.platforms.magento.records import Item, StoreConfig
from apps.connectors.tests.magento_store import (
    OPEN,
    RECORDED,
    Store,
    answer,
    connector_of,
    item,
    page,
    recorded_products,
    view,
)
from apps.connectors.tests.replay import ReplayServer, Trouble, refuses

needs_recording = pytest.mark.skipif(not RECORDED.exists(), reason="../shared/data is not beside this clone")


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    server = ReplayServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def recorded() -> dict[str, Product]:
    """Everything that the recorded store tells, by sku."""
    server = ReplayServer()
    try:
        return products_of(Store.recorded(), server)
    finally:
        server.close()


def products_of(
    store: Store, server: ReplayServer, since: datetime | None = None, **settings: str
) -> dict[str, Product]:
    chosen = {"access_token": "integration", **settings}
    with connector_of(store, server, settings=chosen) as connector:
        found = {product.sku: product for page in connector.iter_products(since) for product in page}
        assert connector.rejected == []
    return found


def only(server: ReplayServer, given: dict[str, Any], **store: Any) -> Product:
    [product] = products_of(Store(products=[given], **store), server).values()
    return product


def select(code: str, label: str, options: Mapping[str, str], **fields: Any) -> dict[str, Any]:
    listed = [{"label": name, "value": value} for value, name in options.items()]
    own = {"is_user_defined": True, "is_visible_on_front": "1", "frontend_input": "select"}
    return {"attribute_code": code, "default_frontend_label": label, "options": listed, **own, **fields}


@needs_recording
@pytest.mark.parametrize(
    ("name", "number"),
    [("products_p2_size20", 2), ("products_last_page_size20", 103), ("products_past_end_page_size20", 108)],
)
def test_the_replay_pages_as_the_recorded_store_did(name: str, number: int) -> None:
    query = {"searchCriteria[pageSize]": "20", "searchCriteria[currentPage]": str(number)}
    heard, told = answer(name), json.loads(page(recorded_products(), query).body)
    assert [each["id"] for each in told["items"]] == [each["id"] for each in heard["items"]]
    assert told["total_count"] == heard["total_count"]


@needs_recording
def test_the_recorded_store_arrives_without_the_parts_of_its_products(server: ReplayServer) -> None:
    store = Store.recorded()
    found = products_of(store, server)
    seen = {each["sku"] for each in store.products if each["visibility"] == 4}
    assert len(found) == 187 == answer("products_visible_enabled_p1")["total_count"]
    assert found.keys() == seen
    assert {product.currency for product in found.values()} == {"USD"}
    pages = [asked for asked in server.requests if asked.path.endswith("/V1/products")]
    assert len(pages) == 2  # of 100: nothing past the last page is asked for


@needs_recording
def test_a_configurable_product_is_priced_from_its_parts(recorded: dict[str, Product]) -> None:
    hoodie = recorded["MH01"]
    assert hoodie.price == 52.0
    assert len(hoodie.variants) == 15
    assert hoodie.variants[0].model_dump() == {
        "sku": "MH01-XS-Black",
        "title": "Chaz Kangeroo Hoodie-XS-Black",
        "price": 52.0,
        "in_stock": True,
        "attributes": {"Color": "Black", "Size": "XS"},
    }
    configurable = [product for product in recorded.values() if product.variants]
    assert len(configurable) == 147
    for product in configurable:
        assert product.price == min(variant.price or 0 for variant in product.variants) > 0
    # Of what else is made of parts, this version does not tell a price: none is better than 0.
    assert [recorded[sku].price for sku in ("24-WG080", "24-WG085_Group")] == [None, None]


@needs_recording
def test_every_field_arrives(recorded: dict[str, Product]) -> None:
    bag = recorded["24-MB01"]
    assert bag.model_dump(exclude={"description"}) == {
        "product_id": "1",
        "title": "Joust Duffle Bag",
        "price": 34.0,
        "currency": "USD",
        "category": "Gear > Bags",
        "brand": "",
        "image_url": "http://127.0.0.1:58090/media/catalog/product/m/b/mb01-blue-0.jpg",
        "url": "http://127.0.0.1:58090/joust-duffle-bag.html",
        "platform": "magento",
        "connector_id": "c1",
        "rating": None,
        "rating_count": None,
        "in_stock": True,
        "attributes": bag.attributes,
        "variants": [],
        "sku": "24-MB01",
        "gtins": [],
        "created_at": datetime(2026, 11, 22, 7, 35, 42, tzinfo=UTC),
        "updated_at": datetime(2026, 11, 22, 7, 35, 42, tzinfo=UTC),
    }
    assert bag.attributes["Material"] == "Nylon, Polyester"
    assert bag.description.startswith("The sporty Joust Duffle Bag can't be beat")
    assert "<" not in bag.description


@needs_recording
def test_categories_are_paths_below_the_stores_root(recorded: dict[str, Product]) -> None:
    assert recorded["MH01"].category == "Men > Tops > Hoodies & Sweatshirts"
    first = {product.category.partition(" > ")[0] for product in recorded.values()}
    assert first == {"Gear", "Men", "Women", "Training"}  # not "Default Category"


@needs_recording
def test_what_did_not_change_does_not_come_again(server: ReplayServer) -> None:
    assert products_of(Store.recorded(), server, datetime(2040, 1, 1, tzinfo=UTC)) == {}


@needs_recording
def test_a_check_counts_and_names_an_example(server: ReplayServer) -> None:
    with connector_of(Store.recorded(), server, settings=OPEN) as connector:
        assert connector.check() == CheckReport(products=187, example="Joust Duffle Bag")
        assert connector.count() == 187


@needs_recording
def test_without_msi_stock_is_the_products_own(server: ReplayServer) -> None:
    store = Store.recorded()
    store.stock_items["24-MB03"] = {**store.stock_items["24-MB01"], "is_in_stock": False}
    with connector_of(store, server, prefix="ab-") as connector:
        assert isinstance(connector, StockLookup)
        known = connector.stock(["ab-1", "ab-2", "ab-3", "ab-99999"])
        assert known == {"ab-1": 100, "ab-2": None, "ab-3": 0}


def test_a_part_that_changed_brings_the_configurable_products(server: ReplayServer) -> None:
    part = item(2, visibility=1, updated_at="2026-11-20 00:00:00")
    parent = item(1, type_id="configurable", price=0)
    store = Store(products=[parent, part, item(3)], children={"M1": [part]})
    assert products_of(store, server, datetime(2026, 11, 10, tzinfo=UTC)).keys() == {"M1"}
    assert products_of(store, server, datetime(2026, 11, 21, tzinfo=UTC)) == {}


def test_parts_that_a_list_names_are_fetched_together(server: ReplayServer) -> None:
    """As 2.3 and later list them."""
    parts = [item(number, visibility=1, price=number) for number in (11, 12, 13)]
    links = {"extension_attributes": {"configurable_product_links": [12, 11], "website_ids": [1]}}
    parents = [item(1, type_id="configurable", price=0, **links), item(2, type_id="configurable", price=0)]
    store = Store(products=[*parents, *parts], children={"M2": parts[2:]})
    found = products_of(store, server)
    assert [variant.sku for variant in found["M1"].variants] == ["M12", "M11"]
    assert (found["M1"].price, found["M2"].price) == (11.0, 13.0)
    assert [asked.path for asked in server.requests if "children" in asked.path] == [
        "/rest/V1/configurable-products/M2/children"
    ]


def test_a_disabled_part_and_one_of_another_website_are_not_sold(server: ReplayServer) -> None:
    parts = [
        item(11, visibility=1, status=2, price=1),
        item(12, visibility=1, price=2, extension_attributes={"website_ids": [7]}),
        item(13, visibility=1, price=3),
    ]
    parent = item(1, type_id="configurable", price=0)
    product = products_of(Store(products=[parent, *parts], children={"M1": parts}), server)["M1"]
    assert (product.price, [variant.sku for variant in product.variants]) == (3.0, ["M13"])


@pytest.mark.parametrize(
    ("special", "price"),
    [
        ({"special_price": "4.0000"}, 4.0),
        ({"special_price": "4", "special_from_date": "2020-01-01 00:00:00"}, 4.0),
        ({"special_price": "4", "special_from_date": "2099-01-01 00:00:00"}, 5.0),
        ({"special_price": "4", "special_to_date": "2020-01-01 00:00:00"}, 5.0),
        ({"special_price": "6"}, 5.0),
        ({"special_price": ""}, 5.0),
        ({"special_price": "soon"}, 5.0),
    ],
)
def test_a_special_price_counts_while_it_holds(
    server: ReplayServer, special: dict[str, str], price: float
) -> None:
    assert only(server, item(custom=special)).price == price


def test_a_price_is_what_the_storefront_shows(server: ReplayServer) -> None:
    """With tax and by price rules, which the kept price does not know."""

    def shown(number: int, **prices: float) -> dict[str, Any]:
        more = {"url": f"https://shop.example/mug-{number}", "currency_code": "USD", "is_salable": "0"}
        return {"id": number, "price_info": prices, **more}

    part = item(11, visibility=1)
    store = Store(
        products=[item(1), item(2, type_id="bundle", price=0), item(3, type_id="configurable", price=0), part],
        children={"M3": [part]},
        rendered=[
            shown(1, final_price=5.95, minimal_price=4.0),  # the lowest is for many
            shown(2, final_price=0, minimal_price=7.5),
            shown(3, final_price=5.95, minimal_price=5.95),
        ],
    )
    found = products_of(store, server)
    assert [found[sku].price for sku in ("M1", "M2", "M3")] == [5.95, 7.5, 5.95]
    assert [variant.price for variant in found["M3"].variants] == [None]  # 5 would be without the tax
    assert (found["M1"].in_stock, found["M1"].url) == (False, "https://shop.example/mug-1")


def test_a_price_in_another_currency_is_not_taken(server: ReplayServer) -> None:
    shown = {"id": 1, "price_info": {"final_price": 4.6}, "currency_code": "EUR"}
    product = only(server, item(), rendered=[shown])
    assert (product.price, product.currency) == (5.0, "USD")


@pytest.mark.parametrize("trouble", [refuses(500), refuses(401)], ids=["500", "401"])
def test_a_store_that_cannot_show_its_prices_is_read_without(server: ReplayServer, trouble: Trouble) -> None:
    server.spoil(trouble, path="/rest/V1/products-render-info")
    store = Store(products=[item(number) for number in range(1, 151)], rendered=[])
    assert len(products_of(store, server)) == 150


@pytest.mark.parametrize("path", ["products-render-info", "inventory/are-products-salable"])
def test_what_was_told_before_may_not_be_missing_later(server: ReplayServer, path: str) -> None:
    """Else products would fall back to prices without tax, and to be in stock, when a token is taken away."""
    server.spoil(refuses(401), path=f"/rest/V1/{path}", skip=1)
    store = Store(products=[item(number) for number in range(1, 151)], rendered=[], salable={})
    with connector_of(store, server) as connector, pytest.raises(ConnectorError) as caught:
        list(connector.iter_products())
    assert caught.value.code == "unauthorized"


def test_a_special_price_begins_at_midnight_in_the_stores_time_zone() -> None:
    def price(zone: str) -> float | None:
        front = Storefront(
            platform="magento",
            link=Link("c1"),
            view=StoreConfig(id="1", code="default", timezone=zone),
            currency="USD",
            labels=Labels([]),
            categories={},
            now=datetime(2026, 11, 20, 23, tzinfo=UTC),
        )
        special = {"special_price": "4", "special_from_date": "2026-11-21 00:00:00"}
        return paid(Item.model_validate(item(custom=special)), front)

    assert [price(zone) for zone in ("UTC", "Europe/Berlin", "America/New_York", "Nowhere")] == [5, 4, 5, 5]


def test_categories_that_are_off_are_no_way_to_a_product(server: ReplayServer) -> None:
    def category(number: int, above: int, level: int, **more: Any) -> dict[str, Any]:
        return {"id": number, "parent_id": above, "name": f"C{number}", "level": level, **more}

    categories = [
        category(1, 0, 0),
        category(2, 1, 1),
        category(3, 2, 2),
        category(4, 3, 3, is_active=False),
        category(5, 4, 4),
    ]
    found = [
        only(server, item(custom={"category_ids": ids}), categories=categories).category
        for ids in (["2"], ["2", "3"], ["3", "4"], ["5", "3"], ["5"])
    ]
    assert found == ["", "C3", "C3", "C3", ""]


def test_attributes_are_told_in_words(server: ReplayServer) -> None:
    attributes = [
        select("color", "Color", {"": " ", "49": "Black"}),
        select("material", "Material", {"1": "Wool&trade;", "2": "Silk"}, frontend_input="multiselect"),
        select("eco", "Eco", {}, frontend_input="boolean"),
        select("care", "Care", {}, frontend_input="text"),
        select("manufacturer", "Manufacturer", {"8": "Acme"}),
        select("ean", "EAN", {}, frontend_input="text"),
        select("secret", "Margin", {"1": "High"}, is_visible_on_front="0"),
        select("cost", "Cost", {}, frontend_input="price"),
    ]
    values = {"color": "49", "material": "2,1,9", "eco": "1", "care": "<b>Wash</b> cold", "manufacturer": "8"}
    product = only(
        server, item(custom={**values, "ean": "4006381333931", "secret": "1", "cost": "3"}), attributes=attributes
    )
    assert product.attributes == {"Color": "Black", "Material": "Silk, Wool™", "Eco": "Yes", "Care": "Wash cold"}
    assert (product.brand, product.gtins) == ("Acme", ["4006381333931"])


def test_the_picture_that_stands_for_the_product_is_taken(server: ReplayServer) -> None:
    """From the gallery, as 2.3 and later list it; from the attribute before."""
    gallery = [
        {"media_type": "image", "file": "/o/off.jpg", "disabled": True, "types": ["image"]},
        {"media_type": "external-video", "file": "/v/film.jpg", "disabled": False, "types": []},
        {"media_type": "image", "file": "/a/side.jpg", "disabled": False, "types": []},
        {"media_type": "image", "file": "/a/front.jpg", "disabled": False, "types": ["image"]},
    ]
    media = "https://shop.example/media/catalog/product"
    assert only(server, item(media_gallery_entries=gallery)).image_url == f"{media}/a/front.jpg"
    assert only(server, item(custom={"image": "/b/old.jpg"})).image_url == f"{media}/b/old.jpg"
    assert only(server, item(custom={"image": "no_selection"})).image_url == ""


def test_another_store_view_is_read_at_its_own_address(server: ReplayServer) -> None:
    views = [view(), view("de", id=2, base_currency_code="EUR", base_link_url="https://shop.example/de/")]
    [product] = products_of(Store(products=[item()], views=views), server, store_view="de").values()
    assert (product.currency, product.url) == ("EUR", "https://shop.example/de/catalog/product/view/id/1")
    assert {asked.path.split("/V1/")[0] for asked in server.requests} == {"/rest/de"}


def test_a_product_that_cannot_be_read_is_set_aside_with_the_reason(server: ReplayServer) -> None:
    store = Store(products=[item(1, price="free"), item(2, name=None), item(3)])
    with connector_of(store, server) as connector:
        [[product]] = connector.iter_products()
        assert product.product_id == "3"
        assert [text.partition(":")[0] for text in connector.rejected] == ["Product 1", "Product 2"]


def test_what_was_switched_off_is_told(server: ReplayServer) -> None:
    store = Store(products=[item(1), item(2, status=2), item(3, status=2, updated_at="2026-01-01 00:00:00")])
    with connector_of(store, server, prefix="ab-") as connector:
        assert list(connector.deleted_since(datetime(2026, 10, 1, tzinfo=UTC))) == [["ab-2"]]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({}, ""),
        ({"status": 2}, "It is disabled in Magento."),
        ({"visibility": 1}, "Not Visible Individually"),
        ({"extension_attributes": {"website_ids": [7]}}, "It is not of the website"),
    ],
)
def test_why_a_product_is_left_out(server: ReplayServer, state: dict[str, Any], why: str) -> None:
    with connector_of(Store(products=[item(4, **state)]), server, prefix="ab-") as connector:
        assert isinstance(connector, Withholding)
        told = connector.withheld("ab-4")
        assert why in told
        assert bool(told) == bool(why)
        assert connector.withheld("ab-99") == connector.withheld("SKU") == ""


# What follows is built from Adobe's published schema (2.4.8), not from a recording: MSI and orders.


def test_stock_is_that_of_the_websites_own_stock(server: ReplayServer) -> None:
    parts = [item(11, visibility=1, price=1), item(12, visibility=1, price=2)]
    store = Store(
        products=[item(1), item(2), item(3, type_id="configurable", price=0), *parts],
        children={"M3": parts},
        salable={"M1": 4, "M2": 0, "M3": 1, "M12": 1},
        stock_items={"M1": {"qty": 9, "manage_stock": True}, "M2": {"qty": 0, "manage_stock": False}},
    )
    found = products_of(store, server)
    assert [found[sku].in_stock for sku in ("M1", "M2", "M3")] == [True, False, True]
    assert [variant.in_stock for variant in found["M3"].variants] == [False, True]
    assert found["M3"].price == 2.0  # the cheaper one is sold out
    with connector_of(store, server) as connector:
        # 9 lie there and 5 are promised; the second is not counted.
        assert connector.stock(["1", "2"]) == {"1": 4, "2": None}

"""The Fake Store connector against a real server of that shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from apps.connectors.platforms.base import CheckReport, ConnectorSettings, Link, Order, OrderLine, OrderLookup
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.fakestore import FakeStoreConnector, product_from_item
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.registry import platform as platform_class
from apps.connectors.platforms.registry import platforms
from apps.connectors.tests.platform_server import PlatformServer, body

SHARED = Path(__file__).parents[4] / "shared" / "data" / "fakestore" / "products.json"


@pytest.fixture
def connector(platform: PlatformServer) -> Iterator[FakeStoreConnector]:
    settings = FakeStoreConnector.Settings(base_url=platform.url)
    http = HttpClient(trusted=frozenset({("127.0.0.1", platform.port)}))
    with FakeStoreConnector(settings, link=Link("c1", currency="EUR"), http=http) as connector:
        yield connector


def item(**fields: Any) -> dict[str, Any]:
    return {"id": 1, "title": "Mug", "price": 5, **fields}


def read(value: Any) -> Any:
    return product_from_item(value, base_url="https://shop.example/api", connector_id="c1", currency="USD")


def test_check_counts_and_names_an_example(connector: FakeStoreConnector) -> None:
    assert connector.check() == CheckReport(products=5, example="Harbour Rain Jacket")


def test_check_of_an_empty_store_is_no_error(connector: FakeStoreConnector, platform: PlatformServer) -> None:
    platform.products.clear()
    assert connector.check() == CheckReport(products=0)


def test_every_field_arrives(connector: FakeStoreConnector, platform: PlatformServer) -> None:
    [page] = connector.iter_products()
    jacket = page[0]
    assert jacket.model_dump(exclude={"variants", "updated_at", "description"}) == {
        "product_id": "1",
        "title": "Harbour Rain Jacket",
        "price": 58.0,
        "currency": "EUR",
        "category": "Men > Jackets",
        "brand": "Northsea",
        "image_url": f"{platform.url}/images/harbour-rain-jacket.svg",
        "url": f"{platform.url}/products/1",
        "platform": "fakestore",
        "connector_id": "c1",
        "rating": 4.5,
        "rating_count": 112,
        "in_stock": True,
        "attributes": {"colour": "navy", "material": "recycled nylon"},
        "sku": "HRJ-0001-NV",
        "gtins": ["4006381333931"],
        "created_at": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    }


def test_prices_as_text_blanks_and_empty_stock_are_understood(connector: FakeStoreConnector) -> None:
    [page] = connector.iter_products()
    sweater = page[1]
    assert (sweater.title, sweater.price, sweater.in_stock) == ("Fjord Wool Sweater", 79.5, False)


def test_a_script_address_never_becomes_a_picture(connector: FakeStoreConnector) -> None:
    [page] = connector.iter_products()
    assert page[3].image_url == ""
    assert page[3].rating is None


def test_a_product_that_cannot_be_read_is_left_out_with_its_reason(
    connector: FakeStoreConnector, platform: PlatformServer
) -> None:
    platform.products[2] = {"id": 3, "title": "", "price": 14}
    platform.products.append("what")
    [page] = connector.iter_products()
    assert [product.product_id for product in page] == ["1", "2", "4", "5"]
    assert len(connector.rejected) == 2
    assert connector.rejected[0].startswith("Product 3: title:")


def test_when_no_product_can_be_read_the_shape_is_wrong(
    connector: FakeStoreConnector, platform: PlatformServer
) -> None:
    platform.products[:] = [{"name": "a"}, {"name": "b"}]
    with pytest.raises(ConnectorError) as caught:
        list(connector.iter_products())
    assert caught.value.code == "bad_shape"


@pytest.mark.parametrize("answer", [b"null", b"{}", b'"products"', b"7"])
def test_json_that_is_no_list_has_the_wrong_shape(
    connector: FakeStoreConnector, platform: PlatformServer, answer: bytes
) -> None:
    platform.answers["/products"] = body(answer)
    with pytest.raises(ConnectorError) as caught:
        connector.check()
    assert caught.value.code == "bad_shape"


@pytest.mark.parametrize(("total", "pages"), [(41, [20, 20, 1]), (1000, [50] * 20), (2500, [100] * 25)])
def test_a_long_catalogue_comes_in_pages(
    connector: FakeStoreConnector, platform: PlatformServer, total: int, pages: list[int]
) -> None:
    platform.products[:] = [item(id=number) for number in range(total)]
    assert [len(page) for page in connector.iter_products()] == pages
    assert connector.count() == total


@pytest.mark.parametrize(
    ("field", "value"),
    [("price", -1), ("price", "free"), ("price", 1e999), ("title", None), ("id", None), ("title", "x" * 501)],
)
def test_impossible_values_name_the_field(field: str, value: Any) -> None:
    with pytest.raises(ConnectorError) as caught:
        read(item(**{field: value}))
    assert field in caught.value.text


def test_a_price_may_be_unknown_but_is_never_invented() -> None:
    assert read({"id": 1, "title": "Mug"}).price is None


def test_a_prefix_keeps_two_connectors_apart() -> None:
    product = product_from_item(
        item(), base_url="https://a.example", connector_id="c", currency="USD", product_prefix="ab-"
    )
    assert product.product_id == "ab-1"


@pytest.mark.parametrize("number", ["1001", "#1001", " 01001 "])
def test_an_order_is_found_by_number_and_email(connector: FakeStoreConnector, number: str) -> None:
    assert connector.get_order(number, " mira@EXAMPLE.com ") == Order(
        number="1001",
        status="shipped",
        placed_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
        tracking="NS123",
        total=None,
        currency="EUR",
        lines=[OrderLine("Harbour Rain Jacket", 2), OrderLine("Product 99", 1)],
    )


@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("1001", "someone@example.com"),
        ("1001", ""),
        ("9999", "mira@example.com"),  # answered with 200 null
        ("1002", "mira@example.com"),  # its user answers null
        ("../users/7", "mira@example.com"),
        ("", "mira@example.com"),
        ("1" * 40, "mira@example.com"),
    ],
)
def test_an_order_is_told_only_to_its_own_email(connector: FakeStoreConnector, number: str, email: str) -> None:
    assert connector.get_order(number, email) is None


def test_an_order_in_an_unknown_shape_is_an_error(connector: FakeStoreConnector, platform: PlatformServer) -> None:
    platform.carts["1001"] = ["no"]
    with pytest.raises(ConnectorError) as caught:
        connector.get_order("1001", "mira@example.com")
    assert caught.value.code == "bad_shape"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://fakestoreapi.com/", "https://fakestoreapi.com"),
        (" fakestoreapi.com ", "https://fakestoreapi.com"),
        ("https://fakestoreapi.com/products", "https://fakestoreapi.com"),
        ("http://localhost:8000/demo/api", "http://localhost:8000/demo/api"),
    ],
)
def test_addresses_are_tidied(typed: str, kept: str) -> None:
    assert FakeStoreConnector.Settings(base_url=typed).base_url == kept


@pytest.mark.parametrize(
    "typed",
    ["", "ftp://a.example", "https://", "https://u:p@a.example", "https://a.example/?x=1", "http://a:b", "a b"],
)
def test_addresses_that_are_none_are_refused_in_plain_words(typed: str) -> None:
    with pytest.raises(ValidationError):
        FakeStoreConnector.Settings(base_url=typed)


def test_the_registry_knows_the_platform() -> None:
    assert FakeStoreConnector in platforms()
    assert platform_class("fakestore") is FakeStoreConnector
    assert issubclass(FakeStoreConnector, OrderLookup)
    with pytest.raises(ConnectorError):
        platform_class("nothing")


def test_other_settings_than_its_own_are_refused() -> None:
    with HttpClient() as http, pytest.raises(TypeError):
        FakeStoreConnector(ConnectorSettings(), link=Link("c"), http=http)


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not beside this clone")
def test_the_real_catalogue_is_read_whole(connector: FakeStoreConnector, platform: PlatformServer) -> None:
    platform.products[:] = json.loads(SHARED.read_text())
    products = [product for page in connector.iter_products() for product in page]
    assert len(products) == 20
    assert connector.rejected == []
    for given, product in zip(platform.products, products, strict=True):
        assert (product.price, product.rating) == (given["price"], given["rating"]["rate"])
        assert product.image_url == given["image"]

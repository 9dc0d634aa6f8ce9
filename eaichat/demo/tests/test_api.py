from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.connectors.linking import live
from apps.connectors.platforms.base import Link
from apps.connectors.platforms.fakestore import FakeStoreConnector
from eaichat.demo import orders, shop


@pytest.fixture
def samples(db: None) -> None:
    orders.plant_samples()


@pytest.fixture
def connector(demo: Settings, live_server: LiveServer, samples: None) -> Iterator[FakeStoreConnector]:
    """The real connector on the demo's API over real HTTP."""
    demo.PUBLIC_URL = live_server.url
    settings = FakeStoreConnector.Settings(base_url=f"{live_server.url}/demo/api")
    with live("fakestore", settings, Link(connector_id="c1")) as platform:
        assert isinstance(platform, FakeStoreConnector)
        yield platform


def test_products_have_the_fake_store_shape(demo: Settings, client: Client) -> None:
    items = client.get("/demo/api/products").json()
    assert len(items) == len(shop.items())
    assert {"id", "title", "price", "description", "category", "image", "rating"} <= items[0].keys()
    assert items[0]["image"].startswith("http://localhost:8000/demo/images/1.svg?v=")
    assert items[0]["url"] == "http://localhost:8000/demo/products/1/"
    assert client.get("/demo/api/products/1").json() == items[0]


def test_an_unknown_id_answers_200_with_null(demo: Settings, client: Client, db: None) -> None:
    for path in ("products/999", "products/abc", "carts/1", "carts/-1", "users/77", f"users/{'9' * 40}"):
        answer = client.get(f"/demo/api/{path}")
        assert (answer.status_code, answer.json()) == (200, None), path


def test_limit_sort_and_category_work_like_the_original(demo: Settings, client: Client) -> None:
    last = len(shop.items())
    some = client.get("/demo/api/products", {"limit": "2", "sort": "desc"}).json()
    assert [item["id"] for item in some] == [last, last - 1]
    names = client.get("/demo/api/products/categories").json()
    assert "Men > Jackets" in names
    jackets = client.get("/demo/api/products/category/Men > Jackets").json()
    assert {item["category"] for item in jackets} == {"Men > Jackets"}
    assert len(jackets) == 8


def test_an_order_is_a_cart_of_a_user(demo: Settings, client: Client, samples: None) -> None:
    cart = client.get("/demo/api/carts/1002").json()
    assert cart["status"] == "shipped"
    assert cart["total"] == pytest.approx(129 + 2 * 14)
    assert client.get(f"/demo/api/users/{cart['userId']}").json()["email"] == "tom@example.com"
    assert client.get("/demo/api/carts/user/1002").json() == [cart]


def test_nothing_is_served_when_the_demo_is_off(demo: Settings, client: Client) -> None:
    demo.DEMO = False
    for path in ("api/products", "api/products/1", "images/1.svg"):
        assert client.get(f"/demo/{path}").status_code == 404


def test_the_api_is_read_only(demo: Settings, client: Client) -> None:
    assert client.post("/demo/api/products", {}).status_code == 405


def test_pictures_are_svg_and_may_be_kept_for_ever(demo: Settings, client: Client) -> None:
    answer = client.get(shop.items()[0].image_path)
    assert answer["Content-Type"].startswith("image/svg+xml")
    assert "immutable" in answer["Cache-Control"]
    assert answer.content.decode() == shop.items()[0].svg
    assert client.get("/demo/images/999.svg").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_our_connector_reads_the_whole_catalogue(connector: FakeStoreConnector) -> None:
    products = [product for page in connector.iter_products() for product in page]
    assert connector.rejected == []
    assert [product.title for product in products] == [item.title for item in shop.items()]
    first, item = products[0], shop.items()[0]
    assert (first.product_id, first.price, first.category) == ("1", item.price, item.category)
    assert (first.brand, first.rating, first.rating_count) == (item.brand, item.rating.rate, item.rating.count)
    assert first.attributes == item.attributes
    assert [product.in_stock for product in products] == [item.in_stock for item in shop.items()]


@pytest.mark.django_db(transaction=True)
def test_our_connector_finds_an_order_when_number_and_email_match(connector: FakeStoreConnector) -> None:
    order = connector.get_order("1001", "maya@example.com")
    assert order is not None
    assert (order.status, order.tracking) == ("delivered", "HL-204-771-SE")
    assert ("Featherlight Puffer Jacket", 1) in order.lines
    assert connector.get_order("1001", "tom@example.com") is None
    assert connector.get_order("4711", "maya@example.com") is None

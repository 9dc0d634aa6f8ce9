"""Shopify beside its catalogue: throttling, credentials, orders, carts and signed messages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from apps.connectors.platforms.base import (
    CartLine,
    Checkout,
    OrderLine,
    OrderLookup,
    WebhookNews,
    Webhooks,
)
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.shopify.connector import ShopifyConnector
from apps.connectors.tests.replay import ReplayServer
from apps.connectors.tests.shopify_shop import (
    CLIENT_ID,
    CLIENT_SECRET,
    PATH,
    Shop,
    connect,
    failure,
    product,
    read,
    variant,
)

LATER = "2026-11-23T07:00:00Z"


@pytest.fixture
def shop() -> Shop:
    return Shop([product(1, "Mug"), product(2, "Plate")])


@pytest.fixture
def server(shop: Shop) -> Iterator[ReplayServer]:
    server = ReplayServer(shop)
    yield server
    server.close()


def _throttled(shop: Shop, *, available: float) -> Any:
    """THROTTLED as Shopify says it: status 200, the points that are there, and how fast they come back."""
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
    shop.cost = {"requestedQueryCost": 100, "actualQueryCost": None, "throttleStatus": status}
    return shop.refused("THROTTLED", "Throttled")


def test_who_is_throttled_waits_until_the_points_are_back(server: ReplayServer, shop: Shop) -> None:
    answer = _throttled(shop, available=50)  # 50 points are missing at 100 a second
    times: list[float] = []

    def once(asked: Any) -> Any:
        if asked.path == PATH:
            times.append(asked.at)
        return answer if len(times) == 1 and asked.path == PATH else None

    server.responders.insert(0, once)
    shop.cost["throttleStatus"]["currentlyAvailable"] = 2000.0
    with connect(server, tries=2) as connector:
        assert connector.count() == 2
    assert times[1] - times[0] >= 0.5


def test_a_lasting_throttle_is_said_and_may_pass(server: ReplayServer, shop: Shop) -> None:
    answer = _throttled(shop, available=99)
    server.responders.insert(0, lambda asked: answer if asked.path == PATH else None)
    error = failure(server)
    assert (error.code, error.retryable) == ("rate_limited", True)


def test_a_query_waits_until_it_can_be_paid_for(server: ReplayServer, shop: Shop) -> None:
    shop.cost["throttleStatus"]["currentlyAvailable"] = 60.0  # 40 points are missing at 100 a second
    with connect(server) as connector:
        connector.count()
        begun = time.monotonic()
        connector.count()
    assert time.monotonic() - begun >= 0.3


def test_pages_shrink_until_shopify_grants_them(server: ReplayServer, shop: Shop) -> None:
    shop.products = [product(number, f"Mug {number}") for number in range(1, 31)]
    shop.dearest = 13
    assert len(read(server)) == 30
    asked = [call.json()["variables"].get("first") for call in server.requests if call.path == PATH]
    assert [first for first in asked if first] == [50, 25, 12, 12, 12]


@pytest.mark.parametrize(
    ("code", "expected", "words"),
    [
        ("ACCESS_DENIED", "unauthorized", "access scope"),
        ("undefinedField", "platform_error", "doesn't exist"),
    ],
)
def test_errors_come_with_status_200(
    server: ReplayServer, shop: Shop, code: str, expected: str, words: str
) -> None:
    answer = shop.refused(code, "Field 'x' doesn't exist. Required: `read_products` access scope.")
    server.responders.insert(0, lambda asked: answer if asked.path == PATH else None)
    error = failure(server)
    assert (error.code, error.retryable) == (expected, False)
    assert words in error.text


def test_a_token_that_has_expired_is_replaced_in_mid_run(server: ReplayServer, shop: Shop) -> None:
    with connect(server) as connector:
        connector.count()
        shop.tokens = 7  # Shopify knows the old one no more
        assert connector.count() == 2
    assert shop.tokens == 8


def test_wrong_credentials_are_told_without_the_secret(server: ReplayServer) -> None:
    error = failure(server, client_secret="shpss_wrong")
    assert error.code == "unauthorized"
    assert "shpss_wrong" not in error.text


def test_an_older_app_has_a_token_that_lasts(server: ReplayServer, shop: Shop) -> None:
    shop.lasting_token = "shpat_1"
    assert len(read(server, client_id="", client_secret="", access_token="shpat_1")) == 2
    assert failure(server, client_id="", client_secret="", access_token="shpat_2").code == "unauthorized"
    assert {asked.path for asked in server.requests} == {PATH}


def _order(**fields: Any) -> dict[str, Any]:
    return {
        "name": "#1001",
        "email": "Mira@example.com",
        "createdAt": "2026-11-20T10:00:00Z",
        "cancelledAt": None,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "FULFILLED",
        "totalPriceSet": {"presentmentMoney": {"amount": "58.00", "currencyCode": "USD"}},
        "lineItems": {"nodes": [{"name": "Jacket - S", "quantity": 2}]},
        "fulfillments": [{"trackingInfo": [{"number": "NS123"}, {"number": "NS123"}, {"number": None}]}],
        **fields,
    }


@pytest.mark.parametrize("number", ["#1001", "1001", " 1001 "])
def test_an_order_is_found_by_number_and_email(server: ReplayServer, shop: Shop, number: str) -> None:
    shop.orders = [_order(name="#10012"), _order()]
    with connect(server) as connector:
        assert isinstance(connector, OrderLookup)
        order = connector.get_order(number, "mira@example.com")
    assert order is not None
    assert (order.number, order.status, order.tracking) == ("1001", "fulfilled", "NS123")
    assert (order.total, order.currency, order.lines) == (58.0, "USD", [OrderLine("Jacket - S", 2)])
    assert server.requests[-1].json()["variables"] == {"query": 'name:"1001"'}


@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("1001", "else@example.com"),
        ("1002", "mira@example.com"),
        ("1001", ""),
        ("", "mira@example.com"),
        ('1001" OR email:*', "mira@example.com"),
    ],
)
def test_neither_number_nor_email_alone_finds_an_order(
    server: ReplayServer, shop: Shop, number: str, email: str
) -> None:
    shop.orders = [_order(), _order(name="#1003", email=None)]
    with connect(server) as connector:
        assert connector.get_order(number, email) is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"displayFulfillmentStatus": "UNFULFILLED"}, "unfulfilled"),
        ({"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}, "partially fulfilled"),
        ({"displayFinancialStatus": "PARTIALLY_REFUNDED"}, "fulfilled, partially refunded"),
        ({"cancelledAt": LATER}, "cancelled"),
    ],
)
def test_an_order_has_shopifys_own_status(
    server: ReplayServer, shop: Shop, fields: dict[str, Any], status: str
) -> None:
    shop.orders = [_order(**fields)]
    with connect(server) as connector:
        order = connector.get_order("1001", "mira@example.com")
    assert order is not None
    assert order.status == status


def test_a_cart_goes_to_the_checkout_by_address(server: ReplayServer, shop: Shop) -> None:
    shop.products.append(product(7, "Jacket", variants=[variant(71, sku="J-S"), variant(72, sku="J-L")]))
    with connect(server, prefix="ab-") as connector:
        assert isinstance(connector, Checkout)
        lines = [CartLine("ab-1", 2), CartLine("ab-7", 1, sku="J-L")]
        assert connector.checkout_url(lines) == "https://shop.example/cart/10:2,72:1"


@pytest.mark.parametrize(
    "line", [CartLine("7", 1), CartLine("7", 1, sku="J-X"), CartLine("99", 1), CartLine("x", 1)]
)
def test_nothing_is_put_into_a_cart_by_guessing(server: ReplayServer, shop: Shop, line: CartLine) -> None:
    shop.products.append(product(7, "Jacket", variants=[variant(71, sku="J-S"), variant(72, sku="J-L")]))
    with connect(server) as connector, pytest.raises(ConnectorError) as caught:
        connector.checkout_url([line])
    assert caught.value.code == "unknown_product"


def _signed(body: bytes, topic: str, secret: str = CLIENT_SECRET) -> dict[str, str]:
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"x-shopify-hmac-sha256": signature, "x-shopify-topic": topic}


@pytest.mark.parametrize(
    ("topic", "body", "news"),
    [
        ("products/create", b'{"id": 7, "title": "Jacket"}', WebhookNews(changed=("ab-7",))),
        ("products/update", b'{"id": 7}', WebhookNews(changed=("ab-7",))),
        ("products/delete", b'{"id": 7}', WebhookNews(deleted=("ab-7",))),
        ("products/update", b"{}", WebhookNews(everything=True)),
        ("inventory_levels/update", b'{"inventory_item_id": 1}', WebhookNews(everything=True)),
        ("orders/create", b'{"id": 1}', WebhookNews()),
    ],
)
def test_signed_messages_are_news(server: ReplayServer, topic: str, body: bytes, news: WebhookNews) -> None:
    with connect(server, prefix="ab-") as connector:
        assert isinstance(connector, Webhooks)
        assert connector.verify_webhook(_signed(body, topic), body) == news


@pytest.mark.parametrize("spoiled", ["body", "secret", "header", "empty secret"])
def test_messages_that_shopify_did_not_sign_are_refused(server: ReplayServer, spoiled: str) -> None:
    body = b'{"id": 7}'
    headers = _signed(body, "products/delete", secret="" if spoiled == "empty secret" else CLIENT_SECRET)
    if spoiled == "header":
        del headers["x-shopify-hmac-sha256"]
    own: dict[str, Any] = {}
    if spoiled == "secret":
        own = {"client_secret": "shpss_other"}
    elif spoiled == "empty secret":
        own = {"client_id": "", "client_secret": "", "access_token": "shpat_1"}
    with connect(server, **own) as connector, pytest.raises(ConnectorError) as caught:
        connector.verify_webhook(headers, b'{"id": 8}' if spoiled == "body" else body)
    assert caught.value.code == "bad_signature"


@pytest.mark.parametrize(
    "typed",
    [
        "northsea",
        "Northsea.myshopify.com",
        "https://northsea.myshopify.com/admin?x=1",
        "https://admin.shopify.com/store/northsea/products",
    ],
)
def test_the_address_may_be_copied_from_the_browser(typed: str) -> None:
    settings = ShopifyConnector.Settings(base_url=typed, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert settings.base_url == "https://northsea.myshopify.com"


@pytest.mark.parametrize(
    "typed", ["https://northsea.example", "https://evil.example?.myshopify.com", "http://10.0.0.1"]
)
def test_secrets_go_to_shopify_alone(typed: str) -> None:
    with pytest.raises(ValidationError, match=r"myshopify\.com"):
        ShopifyConnector.Settings(base_url=typed, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)


def test_a_connector_needs_credentials_of_one_kind() -> None:
    with pytest.raises(ValidationError, match="client secret"):
        ShopifyConnector.Settings(base_url="northsea", client_id=CLIENT_ID)
    assert ShopifyConnector.Settings.secret_names() == {"client_secret", "access_token"}

"""The Shopify connector against answers built after the Admin API's documentation: no recording exists."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
from pydantic import ValidationError

from apps.connectors.platforms.base import (
    CartLine,
    Checkout,
    DeletionFeed,
    OrderLine,
    OrderLookup,
    StockLookup,
    WebhookNews,
    Webhooks,
    Withholding,
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

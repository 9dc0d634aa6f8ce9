"""WooCommerce: what a real shop answered, read through the real HTTP client."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from apps.catalog.product import Product
from apps.connectors.platforms.base import (
    CheckReport,
    Link,
    Order,
    OrderLine,
    OrderLookup,
    StockLookup,
    WebhookNews,
    Webhooks,
    Withholding,
)
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.registry import platform
from apps.connectors.platforms.woocommerce.connector import WooCommerceConnector
from apps.connectors.tests.replay import ReplayServer, refuses, said
from apps.connectors.tests.woocommerce_shop import KEY, RECORDED, SECRET, Shop, connector_of, query_of, signed_by

HUSH = "hush"  # the secret of the webhooks

needs_recording = pytest.mark.skipif(not RECORDED.exists(), reason="../shared/data is not beside this clone")


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    server = ReplayServer()
    yield server
    server.close()


@pytest.fixture
def shop() -> Shop:
    return Shop.recorded()


def products_of(shop: Shop, server: ReplayServer, since: datetime | None = None) -> dict[str, Product]:
    with connector_of(shop, server) as connector:
        found = {product.product_id: product for page in connector.iter_products(since) for product in page}
        assert connector.rejected == []
    return found


def item(**fields: Any) -> dict[str, Any]:
    return {"id": 1, "name": "Mug", "price": "5", "date_modified_gmt": "2026-11-01T00:00:00", **fields}


def only(server: ReplayServer, given: dict[str, Any], **shop: Any) -> Product:
    [product] = products_of(Shop(products=[given], **shop), server).values()
    return product


@needs_recording
def test_the_recorded_shop_arrives_without_its_draft_and_its_hidden_product(
    shop: Shop, server: ReplayServer
) -> None:
    found = products_of(shop, server)
    names = {str(given["id"]): given["name"] for given in shop.products}
    assert len(found) == 36
    assert {names[name] for name in names.keys() - found.keys()} == {
        "Hoodie with Pocket",  # hidden from shop and search
        "Opna Women's Short Sleeve Moisture",  # a draft
    }
    assert all(
        product.price == float(given["price"])
        for given in shop.products
        if (product := found.get(str(given["id"])))
    )
    assert {product.currency for product in found.values()} == {"USD"}


@needs_recording
def test_every_field_arrives(shop: Shop, server: ReplayServer) -> None:
    hoodie = products_of(shop, server)["11"]
    assert hoodie.model_dump(exclude={"description", "variants"}) == {
        "product_id": "11",
        "title": "Hoodie",
        "price": 42.0,
        "currency": "USD",
        "category": "",  # it is in none but "Uncategorized"
        "brand": "",
        "image_url": "https://127.0.0.1:58080/wp-content/uploads/2026/11/51Y5NI-I5jL._AC_UX679_.jpg",
        "url": "https://127.0.0.1:58080/product/hoodie/",
        "platform": "woocommerce",
        "connector_id": "c1",
        "rating": None,
        "rating_count": 0,
        "in_stock": True,
        "attributes": {"Color": "Blue, Green, Red", "Logo": "Yes, No"},
        "sku": "woo-hoodie",
        "gtins": [],
        "created_at": datetime(2026, 11, 22, 7, 24, 51, tzinfo=UTC),
        "updated_at": datetime(2026, 11, 22, 7, 25, 1, tzinfo=UTC),
    }
    assert hoodie.description.startswith("This is a variable product.\n\nPellentesque")
    assert "<" not in hoodie.description


@needs_recording
def test_variations_have_their_own_prices_and_choices(shop: Shop, server: ReplayServer) -> None:
    hoodie = products_of(shop, server)["11"]
    assert [(each.price, each.attributes) for each in hoodie.variants] == [
        (45.0, {"Color": "Blue", "Logo": "Yes"}),
        (45.0, {"Color": "Blue", "Logo": "No"}),
        (45.0, {"Color": "Green", "Logo": "No"}),
        (42.0, {"Color": "Red", "Logo": "No"}),
    ]
    assert {each.in_stock for each in hoodie.variants} == {True}


@needs_recording
def test_stock_is_as_the_shop_says(shop: Shop, server: ReplayServer) -> None:
    found = products_of(shop, server)
    assert [name for name, product in found.items() if not product.in_stock] == ["56", "66"]
    with connector_of(shop, server, prefix="ab-") as connector:
        assert isinstance(connector, StockLookup)
        # 7 are counted; 56 has none; 66 is sold out by two that wait; 59 is not counted; 404 is unknown.
        assert connector.stock(["ab-51", "ab-56", "ab-66", "ab-59", "ab-404"]) == {
            "ab-51": 7,
            "ab-56": 0,
            "ab-66": 0,
            "ab-59": None,
        }


@needs_recording
def test_what_did_not_change_does_not_come_again(shop: Shop, server: ReplayServer) -> None:
    assert products_of(shop, server, datetime(2030, 1, 1, tzinfo=UTC)) == {}
    [asked] = [asked for asked in server.requests if asked.path.endswith("/products")]
    assert asked.query["modified_after"] == query_of("products_modified_after")["modified_after"]
    assert asked.query["dates_are_gmt"] == "true"


@needs_recording
def test_an_order_is_found_by_number_and_email(shop: Shop, server: ReplayServer) -> None:
    with connector_of(shop, server) as connector:
        assert isinstance(connector, OrderLookup)
        assert connector.get_order(" #67 ", "Buyer@Example.com ") == Order(
            number="67",
            status="processing",
            placed_at=datetime(2026, 11, 22, 7, 25, 1, tzinfo=UTC),
            total=1234.68,
            currency="USD",
            lines=[
                OrderLine("Opna Women's Short Sleeve Moisture", 2),
                OrderLine("DANVOUY Womens T Shirt Casual Cotton Short", 2),
                OrderLine("Acer SB220Q bi 21.5 inches Full HD (1920 x 1080) IPS Ultra-Thin", 2),
            ],
        )


@needs_recording
@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("67", "someone@example.com"),
        ("67", ""),
        ("67", "example.com"),  # the search finds it, but it is not the whole address
        ("68", "buyer@example.com"),
        ("", "buyer@example.com"),
        ("../products/10", "buyer@example.com"),
    ],
)
def test_an_order_is_told_only_to_its_own_email(shop: Shop, server: ReplayServer, number: str, email: str) -> None:
    with connector_of(shop, server) as connector:
        assert connector.get_order(number, email) is None


@needs_recording
def test_an_order_that_a_plugin_numbers_is_found_too(shop: Shop, server: ReplayServer) -> None:
    shop.orders[0]["number"] = "WEB-1001"
    with connector_of(shop, server) as connector:
        order = connector.get_order("web-1001", "buyer@example.com")
        assert order is not None
        assert order.number == "WEB-1001"
        assert connector.get_order("67", "buyer@example.com") is None
        assert connector.get_order("web-1001", "example.com") is None  # the search finds it all the same


@needs_recording
def test_a_check_counts_and_names_an_example(shop: Shop, server: ReplayServer) -> None:
    with connector_of(shop, server) as connector:
        assert connector.check() == CheckReport(products=37, example="V-Neck T-Shirt")
        assert connector.count() == 37


@needs_recording
def test_the_library_signs_as_the_recorded_shop_expects() -> None:
    url = "http://127.0.0.1:58080/wp-json/wc/v3/products"
    assert signed_by(SECRET, url, query_of("auth_oauth1_http"))
    assert not signed_by(SECRET, url, {**query_of("auth_oauth1_http"), "per_page": "2"})


def test_over_plain_http_the_keys_stay_at_home(server: ReplayServer) -> None:
    products_of(Shop(products=[item()]), server)
    for asked in server.requests:
        assert "authorization" not in asked.headers
        assert SECRET not in str(asked)


def test_each_try_is_signed_anew(server: ReplayServer) -> None:
    server.spoil(refuses(503), times=1)  # the nonce of the first try is used up
    assert only(server, item()).title == "Mug"


def test_over_https_the_keys_go_as_basic_authorization() -> None:
    sent: list[dict[str, Any]] = []

    class Listening:  # no certificate for loopback would be valid, and invalid ones are refused
        def request(self, method: str, url: str, **rest: Any) -> Any:
            sent.append({"url": url, **rest})
            raise ConnectorError("unreachable", "")

    settings = WooCommerceConnector.Settings(
        base_url="https://shop.example", consumer_key=KEY, consumer_secret=SECRET
    )
    connector = WooCommerceConnector(settings, link=Link("c1"), http=Listening())  # type: ignore[arg-type] # all that is used of it
    with pytest.raises(ConnectorError):
        connector.count()
    pair = sent[0]["headers"]["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(pair).decode() == f"{KEY}:{SECRET}"
    assert (sent[0]["sign"], sent[0]["url"]) == (None, "https://shop.example/wp-json/wc/v3/products")


def test_a_wrong_secret_is_said_in_the_shops_own_words(server: ReplayServer) -> None:
    with connector_of(Shop(), server, secret="cs_wrong") as connector, pytest.raises(ConnectorError) as caught:
        connector.check()
    assert caught.value.code == "unauthorized"
    assert "signature does not match" in caught.value.text


def test_a_shop_without_the_api_is_told_about_permalinks(server: ReplayServer) -> None:
    server.responders.append(lambda _: said({"code": "rest_no_route", "message": "No route"}, status=404))
    with connector_of(Shop(), server) as connector, pytest.raises(ConnectorError) as caught:
        connector.check()
    assert "Permalinks" in caught.value.text


def test_a_category_is_the_deepest_path(server: ReplayServer) -> None:
    categories = [
        {"id": 1, "name": "Men &amp; boys", "slug": "men", "parent": 0},
        {"id": 2, "name": "Jackets", "slug": "jackets", "parent": 1},
        {"id": 3, "name": "Sale", "slug": "sale", "parent": 0},
    ]
    product = only(server, item(categories=[{"id": 3}, {"id": 2}, {"id": 1}, {"id": 9}]), categories=categories)
    assert product.category == "Men & boys > Jackets"


def test_many_pages_come_whole_though_a_product_is_deleted_meanwhile(server: ReplayServer) -> None:
    shop = Shop(products=[item(id=number) for number in range(1, 251)])
    with connector_of(shop, server) as connector:
        pages = connector.iter_products()
        found = [product.product_id for product in next(pages)]
        del shop.products[5]  # what was the first of page 2 is now the last of page 1
        found += [product.product_id for page in pages for product in page]
    assert sorted(found, key=int) == [str(number) for number in range(1, 251)]


def test_a_product_that_cannot_be_read_is_set_aside_with_the_reason(server: ReplayServer) -> None:
    shop = Shop(products=[item(id=1, price="free"), item(id=2, name=""), item(id=3)])
    with connector_of(shop, server) as connector:
        [[product]] = connector.iter_products()
        assert product.product_id == "3"
        assert [text.partition(":")[0] for text in connector.rejected] == ["Product 1", "Product 2"]


def test_a_catalogue_that_cannot_be_read_at_all_is_an_error(server: ReplayServer) -> None:
    with (
        connector_of(Shop(products=[item(price=[])]), server) as connector,
        pytest.raises(ConnectorError) as caught,
    ):
        list(connector.iter_products())
    assert caught.value.code == "bad_shape"


def test_a_product_without_a_price_has_none(server: ReplayServer) -> None:
    assert only(server, item(price="")).price is None


def test_what_visitors_do_not_see_of_a_product_stays_there(server: ReplayServer) -> None:
    attributes = [
        {"name": "Care", "visible": True, "variation": False, "options": ["Wash cold"]},
        {"name": "Supplier", "visible": False, "variation": False, "options": ["Acme"]},
        {"name": "Size", "visible": False, "variation": True, "options": ["L", "M"]},
    ]
    variations = [{"id": 11, "name": "L"}, {"id": 12, "name": "M", "status": "private"}]
    given = item(attributes=attributes, variations=[11, 12])
    product = only(server, given, variations={"1": variations})
    assert product.attributes == {"Care": "Wash cold", "Size": "L, M"}
    assert [variant.title for variant in product.variants] == ["L"]


@pytest.mark.parametrize(
    "brand", [{"brands": [{"id": 1, "name": "Acme"}]}, {"attributes": [{"name": "Brand", "options": ["Acme"]}]}]
)
def test_a_brand_is_one_since_9_6_and_an_attribute_before(server: ReplayServer, brand: dict[str, Any]) -> None:
    assert only(server, item(**brand)).brand == "Acme"


def test_texts_lose_their_markup(server: ReplayServer) -> None:
    product = only(
        server, item(name="Salt &amp; Pepper", short_description="<p>Two</p>", description="<b>mills</b>")
    )
    assert (product.title, product.description) == ("Salt & Pepper", "Two\n\nmills")


# What follows is built from WooCommerce's documentation, not from a recording: its taxes, webhooks and trash.


def test_prices_are_those_that_visitors_are_shown(server: ReplayServer) -> None:
    taxed = {
        "general/woocommerce_calc_taxes": "yes",
        "tax/woocommerce_prices_include_tax": "no",
        "tax/woocommerce_tax_display_shop": "incl",
    }

    def shown(name: int, kind: str, price: str) -> dict[str, Any]:
        return {"id": name, "type": kind, "prices": {"price": price, "currency_minor_unit": 2}}

    shop = Shop(
        products=[item(id=1, price="10", variations=[11]), item(id=2, price="7")],
        variations={"1": [{"id": 11, "price": "10", "attributes": [{"name": "Size", "option": "L"}]}]},
        settings=taxed,
        shown=[shown(1, "variable", "1190"), shown(11, "variation", "1190")],
    )
    found = products_of(shop, server)
    assert (found["1"].price, found["1"].variants[0].price) == (11.9, 11.9)
    assert found["2"].price is None  # visitors are not shown it: 7 would be wrong, for it lacks the tax
    shop.settings["tax/woocommerce_prices_include_tax"] = "yes"
    assert products_of(shop, server)["2"].price == 7.0


def test_what_was_hidden_or_thrown_away_is_told(server: ReplayServer) -> None:
    states = [{"status": "trash"}, {"status": "draft"}, {"catalog_visibility": "hidden"}, {}]
    shop = Shop(products=[item(id=number, **state) for number, state in enumerate(states)])
    with connector_of(shop, server, prefix="ab-") as connector:
        gone = [name for names in connector.deleted_since(datetime(2026, 10, 1, tzinfo=UTC)) for name in names]
        assert sorted(gone) == ["ab-0", "ab-1", "ab-2"]
        assert list(connector.deleted_since(datetime(2026, 11, 2, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({}, ""),
        ({"status": "draft"}, "It is not published in WooCommerce: its status is “draft”."),
        ({"catalog_visibility": "hidden"}, "Its catalogue visibility in WooCommerce is “hidden”."),
        ({"post_password": "x"}, "It has a password."),
    ],
)
def test_why_a_product_is_left_out(server: ReplayServer, state: dict[str, str], why: str) -> None:
    with connector_of(Shop(products=[item(id=4, **state)]), server, prefix="ab-") as connector:
        assert isinstance(connector, Withholding)
        assert connector.withheld("ab-4") == why
        assert connector.withheld("ab-99") == connector.withheld("SKU") == ""


def delivered(
    server: ReplayServer, topic: str, body: bytes, *, signer: str = HUSH, signed: bytes | None = None
) -> WebhookNews:
    """What is read from `body`, when `signer` signed it, or `signed`."""
    signature = base64.b64encode(hmac.new(signer.encode(), signed or body, "sha256").digest()).decode()
    with connector_of(Shop(), server, prefix="ab-", webhook_secret=HUSH) as connector:
        assert isinstance(connector, Webhooks)
        headers = {"X-WC-Webhook-Signature": signature, "x-wc-webhook-topic": topic}
        return connector.verify_webhook(headers, body)


@pytest.mark.parametrize(
    ("topic", "body", "news"),
    [
        ("product.updated", b'{"id": 7}', WebhookNews(changed=("ab-7",))),
        ("product.created", b'{"id": 7, "parent_id": 0}', WebhookNews(changed=("ab-7",))),
        ("product.deleted", b'{"id": 7}', WebhookNews(deleted=("ab-7",))),
        ("product.updated", b'{"id": 9, "parent_id": 7}', WebhookNews(changed=("ab-7",))),
        ("order.created", b'{"id": 7}', WebhookNews()),
        ("product.updated", b"[]", WebhookNews(everything=True)),
    ],
)
def test_a_webhook_tells_what_changed(server: ReplayServer, topic: str, body: bytes, news: WebhookNews) -> None:
    assert delivered(server, topic, body) == news


@pytest.mark.parametrize(("signer", "signed"), [("guess", None), (HUSH, b'{"id": 8}')])
def test_a_webhook_of_somebody_else_is_refused(server: ReplayServer, signer: str, signed: bytes | None) -> None:
    with pytest.raises(ConnectorError) as caught:
        delivered(server, "product.deleted", b'{"id": 7}', signer=signer, signed=signed)
    assert caught.value.code == "bad_signature"


def test_without_a_secret_no_webhook_is_believed(server: ReplayServer) -> None:
    anybodys = base64.b64encode(hmac.new(b"", b"{}", "sha256").digest()).decode()
    with connector_of(Shop(), server) as connector, pytest.raises(ConnectorError):
        connector.verify_webhook({"X-WC-Webhook-Signature": anybodys}, b"{}")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("shop.example/", "https://shop.example"),
        ("https://shop.example/wp-json/wc/v3", "https://shop.example"),
        ("http://shop.example/en", "http://shop.example/en"),
    ],
)
def test_addresses_are_tidied(typed: str, kept: str) -> None:
    settings = WooCommerceConnector.Settings(base_url=typed, consumer_key=KEY, consumer_secret=SECRET)
    assert settings.base_url == kept


def test_swapped_keys_are_noticed_in_the_form() -> None:
    with pytest.raises(ValidationError) as caught:
        WooCommerceConnector.Settings(base_url="a.example", consumer_key=SECRET, consumer_secret=KEY)
    assert {problem["loc"] for problem in caught.value.errors()} == {("consumer_key",), ("consumer_secret",)}


def test_the_registry_knows_the_platform() -> None:
    assert platform("woocommerce") is WooCommerceConnector

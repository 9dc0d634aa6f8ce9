"""Magento: who is let in, what a refusal says, store views that are not there, and orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from apps.connectors.platforms.base import (
    Order,
    OrderLine,
    OrderLookup,
)
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.magento.connector import MagentoConnector
from apps.connectors.platforms.registry import platform
from apps.connectors.tests.magento_store import (
    KEYS,
    OPEN,
    RECORDED,
    Store,
    answer,
    connector_of,
    item,
)
from apps.connectors.tests.replay import ReplayServer, refuses, said, send

needs_recording = pytest.mark.skipif(not RECORDED.exists(), reason="../shared/data is not beside this clone")


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    server = ReplayServer()
    yield server
    server.close()


def test_a_store_view_that_is_not_there_is_said_with_those_that_are(server: ReplayServer) -> None:
    with (
        connector_of(Store(), server, settings={"access_token": "integration", "store_view": "fr"}) as connector,
        pytest.raises(ConnectorError) as caught,
    ):
        connector.check()
    assert (caught.value.code, "default" in caught.value.text) == ("bad_settings", True)


@pytest.mark.parametrize("settings", [OPEN, KEYS, {"access_token": "integration"}])
def test_each_kind_of_credentials_is_let_in(server: ReplayServer, settings: dict[str, str]) -> None:
    with connector_of(Store(products=[item()]), server, settings=settings) as connector:
        assert connector.count() == 1


def test_signed_requests_keep_the_secrets_at_home(server: ReplayServer) -> None:
    server.spoil(refuses(503), times=1)  # the next try is signed anew
    with connector_of(Store(products=[item()]), server, settings=KEYS) as connector:
        assert connector.stock(["1", "2"]) == {"1": None}
    for asked in server.requests:
        assert not {KEYS["consumer_secret"], KEYS["access_token_secret"]} & set(
            asked.headers["authorization"].split('"')
        )
    signatures = [asked.headers["authorization"] for asked in server.requests]
    assert len(set(signatures)) == len(signatures)


def test_an_administrators_token_is_fetched_once_and_again_when_it_has_ended(server: ReplayServer) -> None:
    store = Store(products=[item()])
    with connector_of(store, server, settings=OPEN) as connector:
        connector.count()
        connector.count()
        assert store.tokens == ["token-0"]
        store.tokens.append("of somebody else")
        assert connector.count() == 1
    assert len(store.tokens) == 3


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"username": "admin", "password": "nope"}, "did not sign in correctly"),
        ({"access_token": "old"}, "not authorized to access Magento_Catalog::products"),
        ({**KEYS, "consumer_secret": "other"}, "not authorized to access Magento_Catalog::products"),
    ],
)
def test_a_refusal_is_told_in_magentos_own_words(
    server: ReplayServer, settings: dict[str, str], words: str
) -> None:
    with connector_of(Store(), server, settings=settings) as connector, pytest.raises(ConnectorError) as caught:
        connector.check()
    assert caught.value.code == "unauthorized"
    assert words in caught.value.text


@needs_recording
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("err_products_unknown_field", "Invalid attribute name: no_such_attr"),
        ("products_no_criteria_error", "searchCriteria is a required field."),
    ],
)
def test_placeholders_in_its_words_are_filled(server: ReplayServer, name: str, words: str) -> None:
    server.spoil(lambda request, _: send(request, said(answer(name), status=400)))
    with connector_of(Store(), server) as connector, pytest.raises(ConnectorError) as caught:
        connector.count()
    assert (caught.value.code, words in caught.value.text) == ("platform_error", True)


def order(**fields: Any) -> dict[str, Any]:
    lines = [
        {"item_id": 1, "name": "Chaz Hoodie", "qty_ordered": 2, "product_type": "configurable"},
        {"item_id": 2, "name": "Chaz Hoodie-L-Black", "qty_ordered": 2, "parent_item_id": 1},
        {"item_id": 3, "name": "Mug", "qty_ordered": 1},
    ]
    return {
        "entity_id": 42,
        "increment_id": "000000042",
        "status": "processing",
        "grand_total": 109.5,
        "order_currency_code": "USD",
        "customer_email": "Mira@example.com",
        "created_at": "2026-11-02 09:30:00",
        "items": lines,
        **fields,
    }


def test_an_order_is_found_by_number_and_email(server: ReplayServer) -> None:
    shipments = [
        {"order_id": 42, "tracks": [{"track_number": "NS123"}, {"track_number": "NS124"}]},
        {"order_id": 43, "tracks": [{"track_number": "OTHER"}]},
    ]
    with connector_of(Store(orders=[order()], shipments=shipments), server) as connector:
        assert isinstance(connector, OrderLookup)
        assert connector.get_order(" #000000042", "mira@EXAMPLE.com ") == Order(
            number="000000042",
            status="processing",
            placed_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
            tracking="NS123, NS124",
            total=109.5,
            currency="USD",
            lines=[OrderLine("Chaz Hoodie", 2), OrderLine("Mug", 1)],
        )


@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("000000042", "someone@example.com"),
        ("000000042", ""),
        ("42", "mira@example.com"),
        ("", "mira@example.com"),
    ],
)
def test_an_order_is_told_only_to_its_own_email(server: ReplayServer, number: str, email: str) -> None:
    with connector_of(Store(orders=[order()]), server) as connector:
        assert connector.get_order(number, email) is None


def test_an_order_is_compared_here_too(server: ReplayServer) -> None:
    """A server that ignores filters must not give away what others bought."""
    server.spoil(lambda request, _: send(request, said({"items": [order()], "total_count": 1})))
    with connector_of(Store(), server) as connector:
        assert connector.get_order("000000042", "someone@example.com") is None
        assert connector.get_order("000000043", "mira@example.com") is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("shop.example/", "https://shop.example"),
        ("https://shop.example/rest", "https://shop.example"),
        ("https://shop.example/rest/V1/products", "https://shop.example"),
    ],
)
def test_addresses_are_tidied(typed: str, kept: str) -> None:
    assert MagentoConnector.Settings(base_url=typed, access_token="t").base_url == kept


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"username": "admin"},
        {**OPEN, "access_token": "t"},
        {"consumer_key": "ck", "access_token": "t"},
        {**KEYS, "access_token": ""},
    ],
)
def test_credentials_that_are_not_whole_are_noticed_in_the_form(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        MagentoConnector.Settings(base_url="shop.example", **given)
    assert "Fill in" in str(caught.value)


@pytest.mark.parametrize("secret", [{"access_token": "t"}, {"username": "admin", "password": "p"}])
def test_only_signed_requests_go_over_http(secret: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="https address"):
        MagentoConnector.Settings(base_url="http://shop.example", **secret)
    assert MagentoConnector.Settings(base_url="http://shop.example", **KEYS).consumer_key
    assert MagentoConnector.Settings(base_url="http://127.0.0.1:8080", **secret).base_url


def test_the_registry_knows_the_platform() -> None:
    assert platform("magento") is MagentoConnector

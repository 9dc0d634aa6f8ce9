"""What every connector promises, whatever its platform: whole, in order, and honest about what went wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apps.connectors.platforms.base import BasePlatformConnector
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.patience import NO_PATIENCE
from apps.connectors.tests.contract import FAKE_STORE, Case
from apps.connectors.tests.feeds import FEED
from apps.connectors.tests.magento_store import MAGENTO
from apps.connectors.tests.odoo_server import ODOO
from apps.connectors.tests.replay import (
    ReplayServer,
    Trouble,
    breaks_off,
    drips,
    ids,
    moved_to,
    refuses,
    talks_nonsense,
)
from apps.connectors.tests.shopify_shop import SHOPIFY
from apps.connectors.tests.woocommerce_shop import WOOCOMMERCE
from eaichat.outbound.client import HttpLimits

CASES = [
    FAKE_STORE,
    FEED,
    MAGENTO,
    ODOO,
    SHOPIFY,
    WOOCOMMERCE,
]


@pytest.fixture(params=CASES, ids=lambda case: case.connector.key)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture
def server(case: Case) -> Iterator[ReplayServer]:
    with case.server() as server:
        yield server


def read(connector: BasePlatformConnector) -> list[str]:
    with connector:
        return ids(list(connector.iter_products()))


def failure(connector: BasePlatformConnector) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        read(connector)
    assert caught.value.text
    return caught.value


@pytest.fixture
def last(case: Case, server: ReplayServer) -> int:
    """How many requests come before the last one of a whole pass."""
    read(case.connect(server))
    before = len(server.requests) - 1
    server.requests.clear()
    return before


def test_every_product_comes_once_and_always_in_the_same_order(case: Case, server: ReplayServer) -> None:
    with case.connect(server) as connector:
        pages = list(connector.iter_products())
        assert all(pages), "an empty page"
        assert ids(pages) == list(case.product_ids)
        assert connector.rejected == []
    assert read(case.connect(server)) == list(case.product_ids)
    assert server.unknown == []


def test_another_process_goes_on_behind_any_page(case: Case, server: ReplayServer) -> None:
    with case.connect(server) as connector:
        pages = list(connector.iter_pages())
    come: list[str] = []
    for page in pages:
        come += [product.product_id for product in page.products]
        with case.connect(server) as another:
            rest = ids([each.products for each in another.iter_pages(after=page.after)])
        assert [*come, *rest] == list(case.product_ids)


def test_what_is_counted_comes(case: Case, server: ReplayServer) -> None:
    with case.connect(server) as connector:
        assert connector.count() in (len(case.product_ids), None)


def test_a_check_counts_and_names_an_example(case: Case, server: ReplayServer) -> None:
    with case.connect(server) as connector:
        report = connector.check()
        titles = {product.title for page in connector.iter_products() for product in page}
    assert report.products in (len(case.product_ids), None)
    assert report.example in titles


def test_text_of_any_language_arrives_whole(case: Case, server: ReplayServer) -> None:
    with case.connect(server) as connector:
        texts = [
            f"{product.title} {product.description}" for page in connector.iter_products() for product in page
        ]
    assert any(case.text in text for text in texts)
    assert not case.text.isascii()


def test_products_say_whose_they_are(case: Case, server: ReplayServer) -> None:
    with case.connect(server, prefix="ab-") as connector:
        products = [product for page in connector.iter_products() for product in page]
    assert [product.product_id for product in products] == [f"ab-{product_id}" for product_id in case.product_ids]
    assert {(product.platform, product.connector_id) for product in products} == {(case.connector.key, "c1")}
    assert all(product.url.startswith(("http://", "https://")) or product.url == "" for product in products)


@pytest.mark.parametrize("trouble", [refuses(500), refuses(503), breaks_off], ids=["500", "503", "cut"])
def test_a_passing_trouble_costs_no_product(case: Case, server: ReplayServer, last: int, trouble: Trouble) -> None:
    server.spoil(trouble, times=1)
    server.spoil(trouble, skip=last, times=1)
    assert read(case.connect(server)) == list(case.product_ids)
    assert len(server.requests) > last + 2


def test_the_pause_that_a_platform_asks_for_is_kept(case: Case, server: ReplayServer, last: int) -> None:
    server.spoil(refuses(429, {"Retry-After": "1"}), skip=last, times=1)
    assert read(case.connect(server)) == list(case.product_ids)
    refused, again = server.requests[last], server.requests[last + 1]
    assert (refused.method, refused.path, refused.body) == (again.method, again.path, again.body)
    assert again.at - refused.at >= 1


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (refuses(502), "http_status"),
        (refuses(429, {"Retry-After": "0"}), "rate_limited"),
        (breaks_off, "unreachable"),
    ],
    ids=["502", "429", "cut"],
)
def test_a_lasting_trouble_is_said_and_may_pass(
    case: Case, server: ReplayServer, last: int, trouble: Trouble, code: str
) -> None:
    server.spoil(trouble, skip=last)
    error = failure(case.connect(server))
    assert (error.code, error.retryable) == (code, True)


def test_a_slow_drip_ends(case: Case, server: ReplayServer, last: int) -> None:
    server.spoil(drips, skip=last)
    error = failure(case.connect(server, patience=NO_PATIENCE, limits=HttpLimits(total=0.5)))
    assert (error.code, error.retryable) == ("timeout", True)


def test_an_answer_that_cannot_be_read_is_no_shorter_catalogue(
    case: Case, server: ReplayServer, last: int
) -> None:
    server.spoil(talks_nonsense(), skip=last)
    assert failure(case.connect(server)).code == case.nonsense_code


def test_secrets_stay_when_a_platform_sends_elsewhere(case: Case, server: ReplayServer) -> None:
    settings = case.settings(server.url)
    secrets = [str(getattr(settings, name)) for name in settings.secret_names()]
    with case.server() as other:
        server.spoil(moved_to(other.url))
        try:
            read(case.connect(server, also_trusted=other.port))
        except ConnectorError as error:
            assert error.code in ("http_status", "unauthorized")  # noqa: PT017 - it may also end well
        for asked in other.requests:
            assert "authorization" not in asked.headers
            assert not any(secret in value for secret in secrets if secret for value in asked.headers.values())
            assert asked.body == b""


def test_a_token_that_expires_in_the_middle_ends_in_no_shorter_catalogue(
    case: Case, server: ReplayServer, last: int
) -> None:
    server.spoil(refuses(401), skip=last, times=1)
    if case.renews:
        assert read(case.connect(server)) == list(case.product_ids)
    else:
        error = failure(case.connect(server))
        assert (error.code, error.retryable) == ("unauthorized", False)

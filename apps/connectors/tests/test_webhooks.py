"""News that platforms send, at the address that takes them."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Store, WorkflowStart
from apps.catalog.engine.catalog import Catalog
from apps.catalog.product import Product
from apps.connectors import news, runs, services
from apps.connectors.models import ConnectorConfig, PlatformNews
from apps.connectors.platforms.base import WebhookNews
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.platforms.shopify.connector import ShopifyConnector
from apps.connectors.platforms.woocommerce.connector import WooCommerceConnector
from apps.connectors.sync import remove_own
from apps.connectors.webhooks import MOST_BYTES

pytestmark = pytest.mark.django_db

HUSH = "hush"


@pytest.fixture
def connector(store: Store) -> ConnectorConfig:
    return woocommerce(store)


def woocommerce(store: Store, secret: str = HUSH) -> ConnectorConfig:
    settings = WooCommerceConnector.Settings(
        base_url="https://shop.example", consumer_key="ck_1", consumer_secret="cs_1", webhook_secret=secret
    )
    return services.add_connector(store=store, actor=None, platform="woocommerce", name="Woo", settings=settings)


def address(connector_id: uuid.UUID) -> str:
    return reverse("api_connector_webhook", args=[connector_id])


def send(
    client: Client,
    connector_id: uuid.UUID,
    told: object,
    *,
    topic: str = "product.updated",
    secret: str = HUSH,
) -> tuple[int, bytes]:
    body = json.dumps(told).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    response = client.post(
        address(connector_id),
        body,
        content_type="application/json",
        headers={"X-WC-Webhook-Signature": signature, "X-WC-Webhook-Topic": topic},
    )
    return response.status_code, response.content


def asked() -> list[WorkflowStart]:
    return list(WorkflowStart.objects.filter(workflow="AutomaticSyncWorkflow"))


def test_however_many_news_come_one_sync_is_asked_for(client: Client, connector: ConnectorConfig) -> None:
    for number in range(20):
        assert send(client, connector.pk, {"id": number})[0] == 200
    [row] = asked()
    assert row.argument == {"connector_id": str(connector.pk), "origin": "webhook", "wait_s": news.WAIT_S}
    assert PlatformNews.objects.count() == 1


def test_shopify_is_heard_too(client: Client, store: Store) -> None:
    shop = services.add_connector(
        store=store,
        actor=None,
        platform="shopify",
        name="Shopify",
        settings=ShopifyConnector.Settings(
            base_url="https://one.myshopify.com", client_id="id", client_secret=HUSH
        ),
    )
    body = b'{"id": 8}'
    headers = {
        "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(HUSH.encode(), body, "sha256")).decode(),
        "X-Shopify-Topic": "products/delete",
    }
    answer = client.post(address(shop.pk), body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    assert PlatformNews.objects.get(connector=shop).deleted == ["8"]


def test_whoever_is_not_the_platform_learns_nothing(
    client: Client, store: Store, connector: ConnectorConfig
) -> None:
    deaf = services.add_connector(
        store=store,
        actor=None,
        platform="fakestore",
        name="Deaf",
        settings=FakeStoreConnector.Settings(base_url="https://shop.example"),
    )
    without_secret = woocommerce(store, secret="")
    broken = ConnectorConfig.objects.create(store=store, platform="woocommerce", name="Broken", settings={})
    wrong = [
        send(client, connector.pk, {"id": 1}, secret="another"),
        send(client, uuid.uuid4(), {"id": 1}),
        send(client, deaf.pk, {"id": 1}),
        send(client, without_secret.pk, {"id": 1}, secret=""),
        send(client, broken.pk, {"id": 1}),
    ]
    assert {status for status, _ in wrong} == {401}
    assert len(set(wrong)) == 1
    assert asked() == []


def test_strangers_are_counted_and_the_platform_is_not(
    client: Client, connector: ConnectorConfig, settings: LazySettings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    tried = [send(client, connector.pk, {"id": 1}, secret="another")[0] for _ in range(5)]
    assert tried == [401, 401, 401, 429, 429]
    assert {send(client, connector.pk, {"id": 1})[0] for _ in range(5)} == {200}


def test_a_body_that_is_too_long_is_refused_unread(client: Client, connector: ConnectorConfig) -> None:
    assert send(client, connector.pk, "x" * MOST_BYTES)[0] == 413
    assert send(client, connector.pk, {"id": 1, "name": "x" * (MOST_BYTES - 100)})[0] == 200


def test_woocommerces_greeting_is_answered_whoever_is_asked(client: Client) -> None:
    greeting = client.post(
        address(uuid.uuid4()), b"webhook_id=7", content_type="application/x-www-form-urlencoded"
    )
    assert greeting.status_code == 200


def test_news_about_nothing_that_is_sold_ask_for_no_sync(client: Client, connector: ConnectorConfig) -> None:
    assert send(client, connector.pk, {"id": 1}, topic="order.created")[0] == 200
    assert asked() == []


def test_a_paused_connector_rests(client: Client, connector: ConnectorConfig) -> None:
    ConnectorConfig.objects.update(paused=True)
    assert send(client, connector.pk, {"id": 1})[0] == 200
    assert asked() == []


# --- What becomes of news ---------------------------------------------------------------------------------------


def tell(connector: ConnectorConfig, *, changed: tuple[str, ...] = ("77",), deleted: tuple[str, ...] = ()) -> None:
    news.note(connector_id=connector.pk, news=WebhookNews(changed=changed, deleted=deleted))


def test_news_become_one_sync_and_later_ones_the_next(connector: ConnectorConfig, catalog: Catalog) -> None:
    tell(connector)
    assert news.look(connector_id=connector.pk)
    run = connector.runs.get()
    assert (run.origin, run.mode, run.state) == ("webhook", "changes", "waiting")
    assert news.look(connector_id=connector.pk)  # a workflow that is tried again
    assert connector.runs.count() == 1
    tell(connector)
    assert len(asked()) == 2


def test_news_whose_workflow_is_lost_are_looked_at_with_later_ones(connector: ConnectorConfig) -> None:
    tell(connector)
    PlatformNews.objects.update(since=timezone.now() - timedelta(hours=2))
    tell(connector)
    tell(connector)
    assert len(asked()) == 2


def test_news_that_come_during_a_sync_wait_for_its_end(connector: ConnectorConfig, catalog: Catalog) -> None:
    run = services.request_sync(connector=connector, actor=None)
    runs.take_up(run_id=run.pk)
    tell(connector)
    assert not news.look(connector_id=connector.pk)
    assert PlatformNews.objects.exists()
    runs.fail(run_id=run.pk, code="x", text="")
    assert news.look(connector_id=connector.pk)
    assert [one.origin for one in connector.runs.all()] == ["webhook", "person"]


def test_a_deleted_product_leaves_the_index_and_no_other_connectors(
    connector: ConnectorConfig, store: Store, catalog: Catalog
) -> None:
    products = [
        Product(product_id=id_, title="A thing", connector_id=connector_id)
        for id_, connector_id in (("1", str(connector.pk)), ("2", str(connector.pk)), ("3", "another"))
    ]
    catalog.index(store_id=str(store.pk), products=products, sync_run="before")
    tell(connector, deleted=("1", "2", "3"))
    tell(connector, changed=("2",))  # it is back
    assert news.look(connector_id=connector.pk)
    assert sorted(product.product_id for product in catalog.scroll(store_id=str(store.pk))) == ["2", "3"]


def test_a_deletion_told_while_another_is_carried_out_is_not_forgotten(
    connector: ConnectorConfig, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(connector, deleted=("1",))

    def and_then_another(of: ConnectorConfig, ids: list[str]) -> None:
        remove_own(of, ids)
        tell(connector, deleted=("2",))

    monkeypatch.setattr(news, "remove_own", and_then_another)
    assert not news.look(connector_id=connector.pk)
    assert PlatformNews.objects.get().deleted == ["1", "2"]


@pytest.mark.django_db(transaction=True)
def test_news_that_come_at_once_ask_once(connector: ConnectorConfig) -> None:
    together = threading.Barrier(6)

    def one(number: int) -> None:
        together.wait()
        tell(connector, deleted=(str(number),))
        close_old_connections()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(one, range(6)))
    assert len(asked()) == 1
    assert sorted(PlatformNews.objects.get().deleted) == ["0", "1", "2", "3", "4", "5"]

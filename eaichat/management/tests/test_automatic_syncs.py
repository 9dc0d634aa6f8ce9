"""Syncs that nobody asks for by hand: a real Temporal server, the real worker, a real platform, a real index."""

from __future__ import annotations

import pytest

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.connectors import news
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.base import WebhookNews
from apps.connectors.tests.platform_server import PlatformServer
from apps.connectors.tests.waiting import eventually
from eaichat.management.tests.syncing import over, requested, taken_up, working
from tests.services.temporal import Temporal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_queue")]


@in_database
def tell(connector: ConnectorConfig) -> None:
    news.note(connector_id=connector.pk, news=WebhookNews(changed=("1",)))


@in_database
def runs_of(connector: ConnectorConfig) -> list[SyncRun]:
    return list(connector.runs.order_by("created_at"))


async def next_run(connector: ConnectorConfig, number: int) -> SyncRun:
    async def is_there() -> bool:
        return len(await runs_of(connector)) > number

    await eventually(is_there)
    return await over((await runs_of(connector))[number])


async def test_a_webhook_becomes_a_sync_also_when_temporal_comes_later(
    connector: ConnectorConfig,
    store: Store,
    catalog: Catalog,
    temporal: Temporal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(news, "WAIT_S", 0.5)
    for _ in range(10):
        await tell(connector)
    async with working(lambda: temporal.address):
        done = await next_run(connector, 0)
    assert (done.state, done.origin, done.seen) == ("succeeded", "webhook", 5)
    assert len(await runs_of(connector)) == 1


async def test_news_during_a_sync_get_one_of_their_own_when_it_is_over(
    connector: ConnectorConfig,
    store: Store,
    catalog: Catalog,
    temporal: Temporal,
    platform: PlatformServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(news, "WAIT_S", 0.1)
    platform.answers["/products"] = lambda request: None  # it hangs up: the sync has to try again
    async with working(lambda: temporal.address):
        first = await requested(connector)
        await taken_up(first, within=30)
        await tell(connector)
        await eventually(lambda: len(platform.requests) > 2)
        del platform.answers["/products"]
        platform.products[0]["price"] = 61.5
        await over(first)
        second = await next_run(connector, 1)
    assert (second.origin, second.state) == ("webhook", "succeeded")
    assert catalog.get(store_id=str(store.pk), product_ids=["1"])[0].price == 61.5

"""Syncs in stretches, paused, resumed and cancelled: real Temporal, the real worker, a platform with pages."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from django.conf import LazySettings
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.worker import Worker

from apps.accounts import workflow_signals
from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.accounts.tests.machine import PATIENCE_S
from apps.catalog.engine.catalog import Catalog
from apps.connectors import activities, services
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.woocommerce.connector import WooCommerceConnector
from apps.connectors.tests.replay import Asked, ReplayServer, Said
from apps.connectors.tests.waiting import eventually
from apps.connectors.tests.woocommerce_shop import KEY, SECRET, Shop
from apps.connectors.workflows import ProductSyncWorkflow, Stretch, SyncInput
from eaichat.management.tests.syncing import fresh, over, requested, workflow_is_over, working
from eaichat.temporal import connect
from tests.services.temporal import Temporal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_queue")]


class Gate:
    """Holds the request for page 2 until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, asked: Asked) -> Said | None:
        if asked.query.get("page") == "2" and not self.opened.is_set():
            self.reached.set()
            self.opened.wait(PATIENCE_S)
        return None


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def connector(store: Store, settings: LazySettings, gate: Gate) -> Iterator[ConnectorConfig]:
    """Mugs on three pages."""
    mugs = [{"id": number, "name": f"Mug {number}", "price": "5"} for number in range(1, 251)]
    shop = Shop(products=mugs)
    server = ReplayServer(gate, shop)
    shop.url = server.url
    settings.DEMO, settings.PUBLIC_URL = True, server.url
    keys = WooCommerceConnector.Settings(base_url=server.url, consumer_key=KEY, consumer_secret=SECRET)
    yield services.add_connector(store=store, actor=None, platform="woocommerce", name="Mugs", settings=keys)
    gate.opened.set()
    server.close()


@pytest.fixture(autouse=True)
def reachable(settings: LazySettings, temporal: Temporal) -> None:
    """Where signals are sent to."""
    settings.TEMPORAL_ADDRESS = temporal.address


@asynccontextmanager
async def held_at_page_two(temporal: Temporal, run: SyncRun, gate: Gate) -> AsyncIterator[Client]:
    async with working(lambda: temporal.address):
        assert await asyncio.to_thread(gate.reached.wait, PATIENCE_S)
        yield await connect(temporal.address)


async def in_state(run: SyncRun, state: str) -> SyncRun:
    async def is_so() -> bool:
        return (await fresh(run)).state == state

    await eventually(is_so, within=30)
    return await fresh(run)


async def history_of(client: Client, run: SyncRun) -> list[str]:
    """The activities of the run's workflow, in order."""
    history = await client.get_workflow_handle(str(run.workflow_id)).fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def test_a_sync_is_read_in_stretches(
    connector: ConnectorConfig,
    store: Store,
    catalog: Catalog,
    temporal: Temporal,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(activities, "STRETCH_S", 0.0)
    gate.opened.set()
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
        client = await connect(temporal.address)
        await eventually(lambda: workflow_is_over(client, run))
        told = await client.get_workflow_handle(str(run.workflow_id)).query("progress", result_type=Stretch)
    assert (done.state, done.seen, done.added, done.passes, done.failures) == ("succeeded", 250, 250, 4, 0)
    assert await history_of(client, run) == ["sync_stretch"] * 4
    assert told == Stretch("over", 250, 250)
    assert catalog.count(store_id=str(store.pk)) == 250


async def test_a_paused_sync_goes_on_where_it_was_when_it_is_resumed(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal, gate: Gate
) -> None:
    run = await requested(connector)
    async with held_at_page_two(temporal, run, gate) as client:
        assert await in_database(services.pause_sync)(run=run, actor=None)
        gate.opened.set()
        await asyncio.sleep(1)
        rests = await fresh(run)
        assert (rests.state, rests.seen) == ("paused", 100)
        assert await in_database(services.resume_sync)(run=run, actor=None)
        done = await over(run)
        await eventually(lambda: workflow_is_over(client, run))
    assert (done.state, done.seen, done.added) == ("succeeded", 250, 250)
    assert catalog.count(store_id=str(store.pk)) == 250


async def test_a_cancelled_sync_ends_with_its_workflow(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal, gate: Gate
) -> None:
    run = await requested(connector)
    async with held_at_page_two(temporal, run, gate) as client:
        assert await in_database(services.cancel_sync)(run=run, actor=None)
        gate.opened.set()
        await eventually(lambda: workflow_is_over(client, run))
    assert (await fresh(run)).state == "cancelled"
    assert catalog.count(store_id=str(store.pk)) <= 200


async def test_signals_that_come_late_do_not_undo_what_was_wished_since(
    connector: ConnectorConfig,
    catalog: Catalog,
    temporal: Temporal,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = await requested(connector)
    late: list[str] = []
    monkeypatch.setattr(workflow_signals, "send", lambda *, workflow_id, name: late.insert(0, name))
    async with held_at_page_two(temporal, run, gate) as client:
        assert await in_database(services.pause_sync)(run=run, actor=None)
        assert await in_database(services.resume_sync)(run=run, actor=None)
        for name in late:
            await client.get_workflow_handle(str(run.workflow_id)).signal(name)
        gate.opened.set()
        done = await over(run)
    assert (len(late), done.state, done.seen) == (2, "succeeded", 250)


async def test_signals_that_come_by_temporal_alone_are_obeyed(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, gate: Gate
) -> None:
    run = await requested(connector)
    async with held_at_page_two(temporal, run, gate) as client:
        handle = client.get_workflow_handle(str(run.workflow_id))
        await handle.signal("pause")
        await in_state(run, "paused")
        gate.opened.set()
        await handle.signal("resume")
        done = await over(run)
        await eventually(lambda: workflow_is_over(client, run))
    assert (done.state, done.seen, done.added) == ("succeeded", 250, 250)


async def test_a_workflow_that_is_cancelled_by_temporals_means_cancels_its_run(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, gate: Gate
) -> None:
    run = await requested(connector)
    async with held_at_page_two(temporal, run, gate) as client:
        handle = client.get_workflow_handle(str(run.workflow_id))
        await handle.cancel()
        await in_state(run, "cancelled")
        gate.opened.set()

        async def is_cancelled() -> bool:
            return (await handle.describe()).status == WorkflowExecutionStatus.CANCELED

        await eventually(is_cancelled)


async def test_a_long_sync_goes_on_in_new_histories(temporal: Temporal, settings: LazySettings) -> None:
    left = iter(range(45))

    @activity.defn(name="sync_stretch")
    async def stretch(sync: SyncInput) -> Stretch:
        return Stretch("over" if next(left, None) is None else "more")

    client = await connect(temporal.address)
    queue = settings.TEMPORAL_TASK_QUEUE
    async with Worker(client, task_queue=queue, workflows=[ProductSyncWorkflow], activities=[stretch]):
        handle = await client.start_workflow("ProductSyncWorkflow", SyncInput("run"), id=queue, task_queue=queue)
        await handle.result()
    first = await client.get_workflow_handle(queue, run_id=handle.first_execution_run_id).describe()
    assert first.status == WorkflowExecutionStatus.CONTINUED_AS_NEW
    assert next(left, None) is None

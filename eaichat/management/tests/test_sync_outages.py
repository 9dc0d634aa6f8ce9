"""A sync while a server, a worker or the database is away: it waits, goes on, and is done once."""

from __future__ import annotations

import asyncio
import threading
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import OperationalError

from apps.accounts.models import Store
from apps.accounts.tests.machine import PATIENCE_S
from apps.catalog.engine.catalog import Catalog
from apps.connectors import runs
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.tests.platform_server import PlatformServer, send
from apps.connectors.tests.waiting import eventually
from eaichat.management.tests.syncing import (
    as_json,
    fresh,
    over,
    requested,
    taken_up,
    workflow_is_over,
    working,
)
from eaichat.management.worker import run_worker
from eaichat.temporal import connect
from tests.services.temporal import Temporal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_queue")]


async def test_what_was_asked_for_before_there_was_a_server_starts_when_it_comes(
    connector: ConnectorConfig, catalog: Catalog, own_temporal: Temporal
) -> None:
    run = await requested(connector)
    address: list[str] = []
    async with working(lambda: address[0] if address else None):
        await asyncio.sleep(0.5)
        address.append(own_temporal.address)  # named, but nobody answers there yet
        await asyncio.sleep(0.5)
        assert (await fresh(run)).state == "waiting"
        await asyncio.to_thread(own_temporal.start)
        assert (await over(run)).state == "succeeded"


async def test_a_worker_that_is_stopped_in_the_middle_leaves_the_rest_to_the_next(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def wait_in_the_middle(request: BaseHTTPRequestHandler) -> None:
        entered.set()
        go_on.wait(PATIENCE_S)
        send(request, as_json(platform))

    platform.answers["/products"] = wait_in_the_middle
    run = await requested(connector)
    stop = asyncio.Event()
    first = asyncio.create_task(run_worker(stop=stop, address=lambda: temporal.address))
    await asyncio.to_thread(entered.wait, PATIENCE_S)
    stop.set()
    await asyncio.sleep(0.2)
    go_on.set()
    await first
    assert (await fresh(run)).state == "running"
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.seen) == ("succeeded", 5)


@pytest.mark.alike
async def test_a_server_killed_during_a_sync_and_restarted_loses_nothing(
    connector: ConnectorConfig, catalog: Catalog, own_temporal: Temporal, platform: PlatformServer
) -> None:
    await asyncio.to_thread(own_temporal.start)
    entered, go_on = threading.Event(), threading.Event()

    def wait_in_the_middle(request: BaseHTTPRequestHandler) -> None:
        entered.set()
        go_on.wait(PATIENCE_S)
        send(request, as_json(platform))

    platform.answers["/products"] = wait_in_the_middle
    run = await requested(connector)
    async with working(lambda: own_temporal.address):
        await asyncio.to_thread(entered.wait, PATIENCE_S)
        await asyncio.to_thread(own_temporal.kill)
        go_on.set()
        await asyncio.to_thread(own_temporal.start)
        done = await over(run)
        assert (done.state, done.seen) == ("succeeded", 5)
        client = await connect(own_temporal.address)
        await eventually(lambda: workflow_is_over(client, run))


@pytest.mark.alike
async def test_an_idle_worker_is_back_within_seconds_of_the_server(
    connector: ConnectorConfig, catalog: Catalog, own_temporal: Temporal
) -> None:
    await asyncio.to_thread(own_temporal.start)
    async with working(lambda: own_temporal.address):
        await over(await requested(connector))
        await asyncio.to_thread(own_temporal.kill)
        run = await requested(connector)
        await asyncio.sleep(8)  # by now the SDK's pollers look for the server every six seconds, soon every ten
        assert (await fresh(run)).state == "waiting"
        await asyncio.to_thread(own_temporal.start)
        await taken_up(run, within=9)
        assert (await over(run)).state == "succeeded"


@pytest.mark.alike
async def test_a_server_away_for_longer_than_the_heartbeats_may_be_is_no_failed_try(
    connector: ConnectorConfig, store: Store, catalog: Catalog, own_temporal: Temporal, platform: PlatformServer
) -> None:
    await asyncio.to_thread(own_temporal.start)
    entered, go_on = threading.Event(), threading.Event()

    def slowly(request: BaseHTTPRequestHandler) -> None:
        entered.set()
        request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not go_on.wait(1):
            request.wfile.write(b" ")
        request.wfile.write(as_json(platform))
        request.close_connection = True

    platform.answers["/products"] = slowly
    run = await requested(connector)
    async with working(lambda: own_temporal.address):
        await asyncio.to_thread(entered.wait, PATIENCE_S)
        await asyncio.to_thread(own_temporal.kill)
        await asyncio.sleep(16)  # the heartbeat timeout is 15 s
        await asyncio.to_thread(own_temporal.start)
        await eventually(lambda: begun_again(run))
        go_on.set()  # both passes go on at once now; only the second may write
        done = await over(run)
        client = await connect(own_temporal.address)
        await eventually(lambda: workflow_is_over(client, run))
    assert (done.state, done.seen, done.indexed, done.passes, done.failures) == ("succeeded", 5, 5, 2, 0)
    assert catalog.count(store_id=str(store.pk)) == 5


async def begun_again(run: SyncRun) -> bool:
    return (await fresh(run)).passes == 2


async def test_a_database_that_is_away_in_the_middle_is_no_failed_try(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = runs.update
    lost: list[int] = []

    def away(run: SyncRun, **values: object) -> None:
        if len(lost) < 3 and values.get("seen"):  # a page is in the index, and cannot be counted
            lost.append(1)
            raise OperationalError(2006, "Server has gone away")
        update(run, **values)

    monkeypatch.setattr(runs, "update", away)
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.seen, done.indexed) == ("succeeded", 5, 5)
    assert (done.passes, done.failures, done.error_text) == (4, 0, "")


async def test_nothing_in_a_sync_gives_up_because_time_passes(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal
) -> None:
    run = await requested(connector)
    async with working(lambda: temporal.address):
        await over(run)
        client = await connect(temporal.address)
        await eventually(lambda: workflow_is_over(client, run))
    history = await client.get_workflow_handle(str(run.workflow_id)).fetch_history()
    start = history.events[0].workflow_execution_started_event_attributes
    assert (start.workflow_execution_timeout.seconds, start.workflow_run_timeout.seconds) == (0, 0)
    [planned] = [
        event.activity_task_scheduled_event_attributes
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert planned.schedule_to_close_timeout.seconds == 0
    assert planned.schedule_to_start_timeout.seconds == 0
    assert planned.retry_policy.maximum_attempts == 0
    assert planned.retry_policy.maximum_interval.seconds <= 4
    assert planned.heartbeat_timeout.seconds <= 15


async def test_a_worker_follows_a_server_that_moved(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal
) -> None:
    address = ["127.0.0.1:9"]
    async with working(lambda: address[0]):
        run = await requested(connector)
        await asyncio.sleep(0.3)
        address[0] = temporal.address
        assert (await over(run)).state == "succeeded"

"""Syncs by workflow: a real Temporal server, the real worker, a real platform, a real index."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from apps.accounts.database import in_database
from apps.accounts.models import Store, User, WorkflowStart
from apps.catalog import runtime
from apps.catalog.engine.adapters.client import HostClient
from apps.catalog.engine.catalog import Catalog
from apps.connectors import runs, services
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.tests.platform_server import PlatformServer, body, send
from apps.connectors.tests.waiting import eventually
from apps.connectors.workflows import WORKFLOWS
from eaichat.management.worker import run_worker
from eaichat.temporal import connect
from tests.services.temporal import Temporal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_queue(settings: LazySettings) -> None:
    """Tests share a server, so each has a queue of its own."""
    settings.TEMPORAL_TASK_QUEUE = f"test-{uuid.uuid4()}"


@pytest.fixture
def connector(store: Store, demo_platform: PlatformServer) -> ConnectorConfig:
    return services.add_connector(
        store=store,
        actor=None,
        platform="fakestore",
        name="Fake shop",
        settings=FakeStoreConnector.Settings(base_url=demo_platform.url),
    )


@contextlib.asynccontextmanager
async def working(address: Callable[[], str | None]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(stop=stop, address=address))
    try:
        yield
    finally:
        stop.set()
        await task


async def requested(connector: ConnectorConfig) -> SyncRun:
    return await in_database(services.request_sync)(connector=connector, actor=None)


@in_database
def fresh(run: SyncRun) -> SyncRun:
    return SyncRun.objects.get(pk=run.pk)


async def taken_up(run: SyncRun, *, within: float) -> None:
    async def is_taken_up() -> bool:
        return (await fresh(run)).state != "waiting"

    await eventually(is_taken_up, within=within)


async def over(run: SyncRun) -> SyncRun:
    async def is_over() -> bool:
        return not (await fresh(run)).is_open

    await eventually(is_over, within=40)
    return await fresh(run)


async def test_a_requested_sync_runs_by_workflow(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal
) -> None:
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.total, done.seen, done.indexed) == ("succeeded", 5, 5, 5)
    assert catalog.count(store_id=str(store.pk)) == 5


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
        await taken_up(run, within=5)
        assert (await over(run)).state == "succeeded"


async def test_a_failure_that_no_wait_can_mend_is_told_at_once(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    await in_database(services.run_sync)(
        run_id=(await in_database(services.new_foreground_run)(connector=connector)).pk
    )
    platform.answers["/products"] = body(b"<html>")
    platform.requests.clear()
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.error_code) == ("failed", "not_json")
    assert "web page" in done.error_text
    assert len(platform.requests) == 1
    assert catalog.count(store_id=str(store.pk)) == 5


async def test_a_passing_failure_is_tried_again(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    tries: list[int] = []

    def twice_busy(request: BaseHTTPRequestHandler) -> None:
        tries.append(1)
        if len(tries) == 1:
            send(request, b"", status=503)
        else:
            del platform.answers["/products"]
            send(request, b"[]" if not platform.products else _json(platform))

    platform.answers["/products"] = twice_busy
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.error_text, done.seen) == ("succeeded", "", 5)
    assert len(tries) == 2


async def test_a_dead_host_is_given_up_after_three_tries(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    platform.close()
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.error_code) == ("failed", "unreachable")


async def test_a_defect_of_ours_does_not_blame_the_store(
    connector: ConnectorConfig, temporal: Temporal, catalog: Catalog, platform: PlatformServer
) -> None:
    run = await requested(connector)
    await in_database(ConnectorConfig.objects.update)(credentials="no json")
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.error_code) == ("failed", "internal")
    assert "not at the store" in done.error_text


async def test_a_worker_that_is_stopped_in_the_middle_leaves_the_rest_to_the_next(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def wait_in_the_middle(request: BaseHTTPRequestHandler) -> None:
        entered.set()
        go_on.wait(20)
        send(request, _json(platform))

    platform.answers["/products"] = wait_in_the_middle
    run = await requested(connector)
    stop = asyncio.Event()
    first = asyncio.create_task(run_worker(stop=stop, address=lambda: temporal.address))
    await asyncio.to_thread(entered.wait, 20)
    stop.set()
    await asyncio.sleep(0.2)
    go_on.set()
    await first
    assert (await fresh(run)).state == "running"
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.seen) == ("succeeded", 5)


async def test_a_server_killed_during_a_sync_and_restarted_loses_nothing(
    connector: ConnectorConfig, catalog: Catalog, own_temporal: Temporal, platform: PlatformServer
) -> None:
    await asyncio.to_thread(own_temporal.start)
    entered, go_on = threading.Event(), threading.Event()

    def wait_in_the_middle(request: BaseHTTPRequestHandler) -> None:
        entered.set()
        go_on.wait(20)
        send(request, _json(platform))

    platform.answers["/products"] = wait_in_the_middle
    run = await requested(connector)
    async with working(lambda: own_temporal.address):
        await asyncio.to_thread(entered.wait, 20)
        await asyncio.to_thread(own_temporal.kill)
        go_on.set()
        await asyncio.to_thread(own_temporal.start)
        done = await over(run)
        assert (done.state, done.seen) == ("succeeded", 5)
        client = await connect(own_temporal.address)
        await eventually(lambda: workflow_is_over(client, run))


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
        await taken_up(run, within=5)
        assert (await over(run)).state == "succeeded"


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
        request.wfile.write(_json(platform))
        request.close_connection = True

    platform.answers["/products"] = slowly
    run = await requested(connector)
    async with working(lambda: own_temporal.address):
        await asyncio.to_thread(entered.wait, 20)
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


async def test_a_workflow_that_temporal_has_forgotten_starts_again_and_does_nothing(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
        client = await connect(temporal.address)
        await eventually(lambda: workflow_is_over(client, run))
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(
                namespace="default", workflow_execution=WorkflowExecution(workflow_id=str(run.workflow_id))
            )
        )
        await eventually(lambda: is_forgotten(client, run))
        await in_database(WorkflowStart.objects.update)(started_at=None)  # a mark that was lost for that long
        await eventually(lambda: workflow_is_over(client, run))
    assert await fresh(run) == done
    assert (await fresh(run)).passes == 1
    assert len(platform.requests) == 1


async def is_forgotten(client: Client, run: SyncRun) -> bool:
    try:
        await client.get_workflow_handle(str(run.workflow_id)).describe()
    except RPCError as error:
        return error.status == RPCStatusCode.NOT_FOUND
    return False


async def test_a_worker_follows_a_server_that_moved(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal
) -> None:
    address = ["127.0.0.1:9"]
    async with working(lambda: address[0]):
        run = await requested(connector)
        await asyncio.sleep(0.3)
        address[0] = temporal.address
        assert (await over(run)).state == "succeeded"


async def test_products_of_a_deleted_connector_go_when_the_index_is_back(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal, owner: User
) -> None:
    run = await in_database(services.new_foreground_run)(connector=connector)
    await in_database(services.run_sync)(run_id=run.pk)
    runtime.install(Catalog(embeddings=catalog.embeddings, backend=HostClient(runtime.index_dir() / "nobody")))
    await in_database(services.delete_connector)(connector=connector, actor=owner)
    runtime.install(catalog)
    assert catalog.count(store_id=str(store.pk)) == 5
    async with working(lambda: temporal.address):
        await eventually(lambda: catalog.count(store_id=str(store.pk)) == 0)


async def test_old_histories_replay_on_this_code(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal
) -> None:
    run = await requested(connector)
    async with working(lambda: temporal.address):
        await over(run)
        client = await connect(temporal.address)
        await eventually(lambda: workflow_is_over(client, run))
    history = await client.get_workflow_handle(str(run.workflow_id)).fetch_history()
    await Replayer(workflows=WORKFLOWS).replay_workflow(history)


async def workflow_is_over(client: Client, run: SyncRun) -> bool:
    if await is_forgotten(client, run):
        return False
    description = await client.get_workflow_handle(str(run.workflow_id)).describe(rpc_timeout=timedelta(seconds=5))
    return description.status is not None and description.status.name == "COMPLETED"


def _json(platform: PlatformServer) -> bytes:
    return json.dumps(platform.products).encode()

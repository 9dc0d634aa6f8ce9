"""The relay of the outbox against a real Temporal server."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from temporalio.client import Client

from apps.accounts.database import in_database
from apps.accounts.models import Store, WorkflowStart
from apps.accounts.outbox import enqueue_workflow
from apps.accounts.relay import KEPT, Relay
from apps.connectors import runs
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.tests.waiting import eventually
from eaichat.management import worker
from eaichat.temporal import TemporalError, connect
from tests.services.temporal import Temporal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queue() -> str:
    return f"queue-{uuid.uuid4()}"


async def started(client: Client, row: WorkflowStart) -> int:
    return len([item async for item in client.list_workflows(f'WorkflowId = "{row.pk}"')])


async def listed(client: Client, row: WorkflowStart, *, times: int = 1) -> None:
    """The list of workflows lags a little behind the starts."""

    async def seen() -> bool:
        return await started(client, row) == times

    await eventually(seen)


@in_database
def new_row(**argument: object) -> WorkflowStart:
    return enqueue_workflow(workflow="SomeWorkflow", argument=argument)


@in_database
def fresh(row: WorkflowStart) -> WorkflowStart:
    return WorkflowStart.objects.get(pk=row.pk)


async def is_started(row: WorkflowStart) -> bool:
    return (await fresh(row)).started_at is not None


def test_a_transaction_that_is_rolled_back_asks_for_nothing() -> None:
    with transaction.atomic():
        enqueue_workflow(workflow="SomeWorkflow", argument={})
        transaction.set_rollback(True)
    assert not WorkflowStart.objects.exists()


async def test_a_row_starts_its_workflow_once_and_is_marked(temporal: Temporal, queue: str) -> None:
    client = await connect(temporal.address)
    row = await new_row(colour="blue")
    relay = Relay(client, task_queue=queue)
    assert await relay.once() == 1
    assert await relay.once() == 0
    row = await fresh(row)
    assert (row.attempts, row.last_error) == (1, "")
    assert row.started_at is not None
    await listed(client, row)
    description = await client.get_workflow_handle(str(row.pk)).describe()
    assert (description.workflow_type, description.task_queue) == ("SomeWorkflow", queue)


async def test_a_relay_that_died_before_marking_starts_nothing_twice(temporal: Temporal, queue: str) -> None:
    client = await connect(temporal.address)
    row = await new_row()
    await Relay(client, task_queue=queue).once()
    await client.get_workflow_handle(str(row.pk)).terminate()  # even when the workflow is over by now
    await in_database(WorkflowStart.objects.filter(pk=row.pk).update)(started_at=None)
    assert await Relay(client, task_queue=queue).once() == 1
    assert (await fresh(row)).started_at is not None
    description = await client.get_workflow_handle(str(row.pk)).describe()
    assert description.status is not None
    assert description.status.name == "TERMINATED"  # still the first, and not a second of the same id


async def test_two_relays_at_once_start_each_row_once(temporal: Temporal, queue: str) -> None:
    client = await connect(temporal.address)
    rows = [await new_row(number=number) for number in range(10)]
    await asyncio.gather(*(Relay(client, task_queue=queue).once() for _ in range(3)))
    for row in rows:
        await listed(client, row, times=1)


async def test_a_row_that_is_refused_does_not_hold_up_the_others(temporal: Temporal, queue: str) -> None:
    client = await connect(temporal.address)
    bad = await new_row(text="x" * 3_000_000)  # more than the server takes
    good = await new_row()
    relay = Relay(client, task_queue=queue)
    assert await relay.once() == 1
    assert await relay.once() == 0
    bad, good = await fresh(bad), await fresh(good)
    assert good.started_at is not None
    assert (bad.started_at, bad.attempts) == (None, 1)
    assert "size" in bad.last_error


async def test_rows_that_were_started_long_ago_are_forgotten(temporal: Temporal, queue: str) -> None:
    old, lately, waiting = [await new_row() for _ in range(3)]
    await in_database(WorkflowStart.objects.filter(pk=old.pk).update)(started_at=timezone.now() - KEPT)
    await in_database(WorkflowStart.objects.filter(pk=lately.pk).update)(started_at=timezone.now())
    await in_database(WorkflowStart.objects.filter(pk=waiting.pk).update)(created_at=timezone.now() - 2 * KEPT)
    stop = asyncio.Event()
    client = await connect(temporal.address)
    relay = asyncio.create_task(Relay(client, task_queue=queue).run(stop=stop))

    async def left() -> bool:
        return set(await in_database(list)(WorkflowStart.objects.all())) == {lately, waiting}

    await eventually(left)
    stop.set()
    await relay


async def test_the_workers_relay_forgets_sync_runs_of_long_ago_too(temporal: Temporal, store: Store) -> None:
    @in_database
    def two_old_runs() -> SyncRun:
        connector = ConnectorConfig.objects.create(store=store, platform="fakestore", name="Shop")
        _, newest = [SyncRun.objects.create(connector=connector, state="succeeded") for _ in range(2)]
        long_ago = timezone.now() - runs.KEPT
        SyncRun.objects.exclude(pk=newest.pk).update(created_at=long_ago - timedelta(days=1))
        SyncRun.objects.filter(pk=newest.pk).update(created_at=long_ago)
        return newest

    newest = await two_old_runs()
    stop = asyncio.Event()
    relay = asyncio.create_task(worker.relay(await connect(temporal.address)).run(stop=stop))

    async def left() -> bool:
        return await in_database(list)(SyncRun.objects.all()) == [newest]

    await eventually(left)
    stop.set()
    await relay


async def test_rows_wait_for_a_server_that_is_away_and_start_when_it_is_back(
    own_temporal: Temporal, queue: str
) -> None:
    await asyncio.to_thread(own_temporal.start)
    client = await connect(own_temporal.address)
    await asyncio.to_thread(own_temporal.kill)
    row = await new_row()
    stop = asyncio.Event()
    relay = asyncio.create_task(Relay(client, task_queue=queue).run(stop=stop, interval=0.05))
    await asyncio.sleep(0.3)
    assert (await fresh(row)).started_at is None
    await asyncio.to_thread(own_temporal.start)
    await eventually(lambda: is_started(row))
    stop.set()
    await relay
    await listed(client, row)


async def test_nobody_at_the_address_is_a_retryable_error() -> None:
    with pytest.raises(TemporalError) as caught:
        await connect("127.0.0.1:9", within=1)
    assert (caught.value.code, caught.value.retryable) == ("unreachable", True)


async def test_an_unknown_namespace_is_named(temporal: Temporal) -> None:
    with pytest.raises(TemporalError) as caught:
        await connect(temporal.address, namespace="nowhere")
    assert caught.value.code == "no_namespace"
    assert "TEMPORAL_NAMESPACE" in str(caught.value)

"""Schedules follow their connectors: a real Temporal server, the real worker, a real platform, a real index."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.client import Client, ScheduleDescription
from temporalio.service import RPCError, RPCStatusCode

from apps.accounts.database import in_database
from apps.accounts.models import AuditLog, User, WorkflowStart
from apps.catalog.engine.catalog import Catalog
from apps.connectors import schedules, services
from apps.connectors.models import ConnectorConfig
from apps.connectors.schedules import schedule_id
from apps.connectors.tests.waiting import eventually
from eaichat.management.tests.syncing import working
from eaichat.management.tests.test_automatic_syncs import next_run, runs_of
from eaichat.temporal import connect
from tests.services.temporal import Temporal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_queue")]


@in_database
def change(connector: ConnectorConfig, schedule: str, *, paused: bool = False, actor: User | None = None) -> None:
    schedules.change_schedule(
        connector=connector, actor=actor, schedule=schedule, paused=paused, full_every=connector.full_every
    )


async def described(client: Client, connector: ConnectorConfig) -> ScheduleDescription | None:
    try:
        return await client.get_schedule_handle(schedule_id(connector.pk)).describe()
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return None


async def test_a_schedule_is_made_changed_paused_and_deleted_with_its_connector(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal
) -> None:
    client = await connect(temporal.address)
    await change(connector, "hourly")  # Temporal may be away by now: it waits in the outbox
    assert await described(client, connector) is None

    async def is_every(interval: timedelta) -> bool:
        found = await described(client, connector)
        return found is not None and found.schedule.spec.intervals[0].every == interval

    async def is_paused() -> bool:
        found = await described(client, connector)
        return found is not None and found.schedule.state.paused

    async def is_gone() -> bool:
        return await described(client, connector) is None

    async with working(lambda: temporal.address):
        await eventually(lambda: is_every(timedelta(hours=1)))
        made = await described(client, connector)
        assert made is not None
        assert made.schedule.spec.jitter == timedelta(minutes=6)
        offset = made.schedule.spec.intervals[0].offset
        assert offset is not None
        assert offset < timedelta(hours=1)
        await change(connector, "daily")
        await eventually(lambda: is_every(timedelta(days=1)))
        assert not await is_paused()
        await change(connector, "daily", paused=True)
        await eventually(is_paused)
        await change(connector, "off")
        await eventually(is_gone)
        await change(connector, "15m")
        await eventually(lambda: is_every(timedelta(minutes=15)))
        await in_database(services.delete_connector)(connector=connector, actor=None)
        await eventually(is_gone)


async def test_a_schedule_asks_for_syncs_and_rests_while_the_connector_is_paused(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(schedules.INTERVALS, ConnectorConfig.Schedule.QUARTER, timedelta(seconds=1))
    await change(connector, "15m")
    client = await connect(temporal.address)
    async with working(lambda: temporal.address):
        first = await next_run(connector, 0)
        await next_run(connector, 1)
        await change(connector, "15m", paused=True)

        async def is_paused() -> bool:
            found = await described(client, connector)
            return found is not None and found.schedule.state.paused

        await eventually(is_paused)
        await client.get_schedule_handle(schedule_id(connector.pk)).delete()
    assert (first.origin, first.state, first.started_by_id) == ("schedule", "succeeded", None)
    assert {run.origin for run in await runs_of(connector)} == {"schedule"}


async def test_a_row_that_changes_while_its_schedule_is_written_is_followed(
    connector: ConnectorConfig, temporal: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await connect(temporal.address)
    await change(connector, "hourly")
    write, written = schedules._write, []

    async def and_somebody_changes_it(*given: object) -> None:
        await write(*given)  # type: ignore[arg-type] # passed on as it came
        written.append(given)
        if len(written) == 1:
            await change(connector, "6h")

    monkeypatch.setattr(schedules, "_write", and_somebody_changes_it)
    await schedules.settle(client, connector.pk)
    found = await described(client, connector)
    assert found is not None
    assert found.schedule.spec.intervals[0].every == timedelta(hours=6)
    await client.get_schedule_handle(schedule_id(connector.pk)).delete()


async def test_a_change_is_kept_in_the_audit_log_and_no_change_asks_for_nothing(
    connector: ConnectorConfig, owner: User
) -> None:
    await change(connector, "daily", actor=owner)
    await change(connector, "daily", actor=owner)

    @in_database
    def look() -> None:
        [entry] = AuditLog.objects.filter(action="connector.changed", actor=owner)
        assert entry.data["changes"] == {"schedule": ["off", "daily"]}
        assert WorkflowStart.objects.filter(workflow="ScheduleWorkflow").count() == 1

    await look()

"""When connectors are synced by themselves: one Temporal Schedule each, which follows the connector's row.

A change of the row asks for `ScheduleWorkflow` in the same transaction; while Temporal is away that waits in the
outbox. The workflow carries no orders: it makes the Schedule what the row says by then, so that neither order nor
number of such workflows matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
)
from temporalio.service import RPCError, RPCStatusCode

from apps.accounts import audit
from apps.accounts.database import in_database, one_transaction
from apps.accounts.models import User
from apps.accounts.outbox import enqueue_workflow
from apps.connectors.models import ConnectorConfig, SyncRun

INTERVALS = {
    ConnectorConfig.Schedule.QUARTER: timedelta(minutes=15),
    ConnectorConfig.Schedule.HOURLY: timedelta(hours=1),
    ConnectorConfig.Schedule.SIX_HOURS: timedelta(hours=6),
    ConnectorConfig.Schedule.DAILY: timedelta(days=1),
}
_JITTER = 0.1  # of the interval, so that a platform is not asked at the same second every time
_MOST_JITTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Wanted:
    """`every` None: no schedule, or no connector any more."""

    every: timedelta | None
    paused: bool = False


@one_transaction
def change_schedule(
    *, connector: ConnectorConfig, actor: User | None, schedule: str, paused: bool, full_every: int
) -> None:
    """Store when a connector is synced by itself. Raises `ConnectorConfig.DoesNotExist` when it was deleted."""
    now = ConnectorConfig.objects.select_for_update().get(pk=connector.pk)
    wanted: dict[str, Any] = {"schedule": schedule, "paused": paused, "full_every": full_every}
    changes = {name: [getattr(now, name), value] for name, value in wanted.items() if getattr(now, name) != value}
    if not changes:
        return
    for name, value in wanted.items():
        setattr(now, name, value)
    now.save(update_fields=list(wanted))
    audit.record(store=connector.store, actor=actor, action="connector.changed", target=now.name, changes=changes)
    if changes.keys() & {"schedule", "paused"}:
        follow(connector_id=now.pk)


def follow(*, connector_id: UUID) -> None:
    """Let the Schedule follow the row. Call it inside the transaction that changes or deletes the row."""
    enqueue_workflow(workflow="ScheduleWorkflow", argument={"connector_id": str(connector_id)})


def schedule_id(connector_id: UUID) -> str:
    return f"sync-{connector_id}"


async def settle(client: Client, connector_id: UUID) -> None:
    """Make the Schedule what the row says, also when the row changes meanwhile. Raises `RPCError`."""
    wanted = await _wanted(connector_id)
    while True:
        await _write(client, connector_id, wanted)
        before, wanted = wanted, await _wanted(connector_id)
        if wanted == before:
            return


@in_database
def _wanted(connector_id: UUID) -> Wanted:
    connector = ConnectorConfig.objects.filter(pk=connector_id).first()
    if connector is None:
        return Wanted(None)
    return Wanted(INTERVALS.get(ConnectorConfig.Schedule(connector.schedule)), connector.paused)


async def _write(client: Client, connector_id: UUID, wanted: Wanted) -> None:
    handle = client.get_schedule_handle(schedule_id(connector_id))
    if wanted.every is None:
        try:
            await handle.delete()
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
        return
    schedule = _schedule(connector_id, wanted.every, paused=wanted.paused)
    try:
        await client.create_schedule(handle.id, schedule)
    except ScheduleAlreadyRunningError:
        await handle.update(lambda _: ScheduleUpdate(schedule=schedule))


def _schedule(connector_id: UUID, every: timedelta, *, paused: bool) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            "AutomaticSyncWorkflow",
            {"connector_id": str(connector_id), "origin": SyncRun.Origin.SCHEDULE.value, "wait_s": 0.0},
            id=f"scheduled-{connector_id}",
            task_queue=settings.TEMPORAL_TASK_QUEUE,
        ),
        spec=ScheduleSpec(
            # Each connector has a moment of its own within the interval: not all of them at the full hour.
            intervals=[ScheduleIntervalSpec(every=every, offset=every * (connector_id.int % 997) / 997)],
            jitter=min(every * _JITTER, _MOST_JITTER),
        ),
        # After an outage one sync makes up for all that were missed.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=every),
        state=ScheduleState(paused=paused),
    )

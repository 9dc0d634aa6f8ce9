"""The activities behind `automatic_workflows`: each translates and makes one service call."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from apps.accounts.database import in_database
from apps.connectors import automatic, news, schedules
from apps.connectors.automatic_workflows import AutomaticSyncInput, ScheduleInput
from apps.connectors.models import ConnectorConfig, SyncRun

_EXPECTED = ApplicationErrorCategory.BENIGN  # it is tried again, and no traceback is worth the log


@activity.defn
async def ask_for_sync(wanted: AutomaticSyncInput) -> None:
    connector_id = UUID(wanted.connector_id)
    if wanted.origin == SyncRun.Origin.WEBHOOK:
        if not await in_database(news.look)(connector_id=connector_id):
            raise ApplicationError("A sync is under way; the news wait for its end.", category=_EXPECTED)
    else:
        await in_database(_ask)(connector_id)


def _ask(connector_id: UUID) -> None:
    connector = ConnectorConfig.objects.select_related("store").filter(pk=connector_id).first()
    if connector is not None:
        automatic.request(connector=connector, origin=SyncRun.Origin.SCHEDULE)


@activity.defn
async def settle_schedule(wanted: ScheduleInput) -> None:
    await schedules.settle(activity.client(), UUID(wanted.connector_id))


ACTIVITIES: list[Callable[..., object]] = [ask_for_sync, settle_schedule]

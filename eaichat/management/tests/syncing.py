"""Asking for a sync and watching it: a worker in the test's own loop, over a real Temporal server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from apps.accounts.database import in_database
from apps.connectors import services
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.tests.platform_server import PlatformServer
from apps.connectors.tests.waiting import eventually
from eaichat.management.worker import run_worker


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

    await eventually(is_over, within=90)
    return await fresh(run)


async def is_forgotten(client: Client, run: SyncRun) -> bool:
    try:
        await client.get_workflow_handle(str(run.workflow_id)).describe()
    except RPCError as error:
        return error.status == RPCStatusCode.NOT_FOUND
    return False


async def workflow_is_over(client: Client, run: SyncRun) -> bool:
    if await is_forgotten(client, run):
        return False
    description = await client.get_workflow_handle(str(run.workflow_id)).describe(rpc_timeout=timedelta(seconds=5))
    return description.status is not None and description.status.name == "COMPLETED"


def as_json(platform: PlatformServer) -> bytes:
    """What the platform answers for its products."""
    return json.dumps(platform.products).encode()

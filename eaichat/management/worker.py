"""The worker: runs every room's workflows and activities, and the relay of the outbox, in the caller's loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from temporalio.client import Client
from temporalio.worker import Worker

from apps.accounts.relay import Relay
from apps.connectors import activities as connector_activities
from apps.connectors import workflows as connector_workflows
from apps.hitl import activities as desk_activities
from apps.hitl.workflows import EscalationWorkflow
from eaichat.management.activity_ids import ActivityIds
from eaichat.temporal import TemporalError, connect

logger = logging.getLogger(__name__)

WORKFLOWS: list[type] = [*connector_workflows.WORKFLOWS, EscalationWorkflow]
ACTIVITIES: list[Callable[..., Any]] = [*connector_activities.ACTIVITIES, *desk_activities.ACTIVITIES]

_ACTIVITIES_AT_ONCE = 4
_GRACE = timedelta(seconds=5)  # for activities to end by themselves at a shutdown
_SHORTEST_PAUSE = 0.2  # seconds between two tries to connect, doubled up to the longest
_LONGEST_PAUSE = 5.0
_SETTLE = 0.2  # seconds for the SDK's threads to become quiet: an interpreter that ends before may crash


async def run_worker(*, stop: asyncio.Event, address: Callable[[], str | None]) -> None:
    """Work until `stop`. May be started before the server: it waits until `address` names one that answers.

    When the server goes away the worker waits for it; when `address` names another one, it moves there.
    """
    pause = _SHORTEST_PAUSE
    while not stop.is_set():
        target = address()
        if target is not None:
            try:
                client = await connect(target, namespace=settings.TEMPORAL_NAMESPACE)
                pause = _SHORTEST_PAUSE
                logger.info("Workflows run on %s", target)
                await _work(client, stop=stop, moved=partial(_moved, address, target))
            except TemporalError as error:
                logger.info("Workflows wait: %s", error)
            except RuntimeError:  # what the SDK raises when a worker cannot go on
                logger.exception("The worker stopped and is started again")
            except Exception:  # whatever broke (a lost database connection, say), workflows have to go on
                logger.exception("The worker broke and is started again")
                pause = _LONGEST_PAUSE
        await _wait(stop, pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    await asyncio.sleep(_SETTLE)


async def _work(client: Client, *, stop: asyncio.Event, moved: Callable[[], bool]) -> None:
    """Run the worker and the relay until `stop`, or until the server is somewhere else, or one of them breaks."""
    with ThreadPoolExecutor(max_workers=_ACTIVITIES_AT_ONCE, thread_name_prefix="activity") as executor:
        worker = Worker(
            client,
            task_queue=settings.TEMPORAL_TASK_QUEUE,
            workflows=WORKFLOWS,
            activities=ACTIVITIES,
            activity_executor=executor,
            max_concurrent_activities=_ACTIVITIES_AT_ONCE,
            graceful_shutdown_timeout=_GRACE,
            interceptors=[ActivityIds()],
        )
        over = asyncio.Event()
        relay = asyncio.create_task(Relay(client, task_queue=settings.TEMPORAL_TASK_QUEUE).run(stop=over))
        working = asyncio.create_task(worker.run())
        try:
            while not (stop.is_set() or moved() or relay.done() or working.done()):
                await _wait(stop, 0.5)
        finally:
            over.set()
            relay.cancel()  # it may be in the middle of the SDK's own retries
            await worker.shutdown()
            results = await asyncio.gather(working, relay, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _moved(address: Callable[[], str | None], target: str) -> bool:
    return address() != target


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)

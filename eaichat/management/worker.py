"""The worker: runs every room's workflows and activities, and the relay of the outbox, in the caller's loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.conf import settings
from temporalio.client import Client
from temporalio.worker import Worker

from apps.accounts.relay import Relay
from apps.connectors import activities as connector_activities
from apps.connectors import workflows as connector_workflows
from eaichat.temporal import TemporalError, connect

logger = logging.getLogger(__name__)

WORKFLOWS: list[type] = [*connector_workflows.WORKFLOWS]
ACTIVITIES: list[Callable[..., Any]] = [*connector_activities.ACTIVITIES]

_LONGEST_PAUSE = 5.0  # seconds between two tries to connect
_SETTLE = 0.2  # seconds that the SDK's threads get to become quiet before the interpreter may end


async def run_worker(*, stop: asyncio.Event, address: Callable[[], str | None]) -> None:
    """Work until `stop`. May be started before the server: it waits until `address` names one that answers.

    When the server goes away the worker waits for it; when `address` names another one, it moves there.
    """
    pause = 0.2
    while not stop.is_set():
        target = address()
        try:
            if target is not None:
                client = await connect(target, namespace=settings.TEMPORAL_NAMESPACE)
                logger.info("Workflows run on %s", target)
                pause = 0.2
                await _work(client, stop=stop, moved=lambda: address() != target)  # noqa: B023 - used within this round
        except TemporalError as error:
            logger.info("Workflows wait: %s", error)
        await _wait(stop, pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    await asyncio.sleep(_SETTLE)


async def _work(client: Client, *, stop: asyncio.Event, moved: Callable[[], bool]) -> None:
    over = asyncio.Event()
    with ThreadPoolExecutor(max_workers=4, thread_name_prefix="activity") as executor:
        worker = Worker(
            client,
            task_queue=settings.TEMPORAL_TASK_QUEUE,
            workflows=WORKFLOWS,
            activities=ACTIVITIES,
            activity_executor=executor,
            max_concurrent_activities=4,
            graceful_shutdown_timeout=timedelta(seconds=5),
        )
        async with worker:
            relay = asyncio.create_task(Relay(client, task_queue=settings.TEMPORAL_TASK_QUEUE).run(stop=over))
            try:
                while not stop.is_set() and not moved() and not relay.done():
                    await _wait(stop, 0.5)
                if relay.done():
                    relay.result()
            finally:
                over.set()
                relay.cancel()
                await asyncio.gather(relay, return_exceptions=True)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)

"""The worker: runs every room's workflows and activities, and the relay of the outbox, in the caller's loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from apps.accounts import workflow_state
from apps.accounts.relay import Relay
from apps.connectors import activities as connector_activities
from apps.connectors import automatic_activities, automatic_workflows, runs
from apps.connectors import workflows as connector_workflows
from apps.hitl import activities as desk_activities
from apps.hitl.workflows import EscalationWorkflow
from eaichat.management.activity_ids import ActivityIds
from eaichat.management.worker_port import Health
from eaichat.temporal import TemporalError, connect

logger = logging.getLogger(__name__)

WORKFLOWS: list[type] = [*connector_workflows.WORKFLOWS, *automatic_workflows.WORKFLOWS, EscalationWorkflow]
ACTIVITIES: list[Callable[..., Any]] = [
    *connector_activities.ACTIVITIES,
    *automatic_activities.ACTIVITIES,
    *desk_activities.ACTIVITIES,
]

ACTIVITIES_AT_ONCE = 4
_GRACE = timedelta(seconds=5)  # for activities to end by themselves at a shutdown
_HEARTBEATS = timedelta(seconds=4)  # the longest pause between two that are sent: a lost one must not matter
_STICKY = timedelta(seconds=2)  # how long a workflow waits for the worker that knows it, which may be gone
_SHORTEST_PAUSE = 0.2  # seconds between two tries to connect, doubled up to the longest
_LONGEST_PAUSE = 2.0
_PULSE = 1.0  # seconds between two looks at the server
_AWAY = 3.0  # seconds without an answer after which the worker is built anew when the server is back
_SAY_AGAIN = 60.0  # seconds after which the same trouble is told again
_SETTLE = 0.2  # seconds for the SDK's threads to become quiet: an interpreter that ends before may crash


async def run_worker(
    *,
    stop: asyncio.Event,
    address: Callable[[], str | None],
    queue: str | None = None,
    at_once: int = ACTIVITIES_AT_ONCE,
    health: Health | None = None,
    metrics: str = "",
) -> None:
    """Work until `stop`. May be started before the server: it waits until `address` names one that answers.

    When the server goes away the worker waits for it; when `address` names another one, it moves there. Work is
    taken from `queue`, which is the installation's own when nothing else is said, `at_once` activities together.
    `health` is kept up to date; `metrics` is where Prometheus may ask (host:port).
    """
    queue = queue or settings.TEMPORAL_TASK_QUEUE
    health = health or Health(queue)
    taking = _Taking(queue, at_once, health)
    trouble = _Trouble()
    ending: set[asyncio.Task[None]] = set()  # workers that finish what they began beside their successor
    pause = _SHORTEST_PAUSE
    while not stop.is_set():
        target = address()
        if target is not None:
            try:
                client = await connect(
                    target,
                    namespace=settings.TEMPORAL_NAMESPACE,
                    access=workflow_state.access(),
                    metrics=metrics,
                )
                pause = _SHORTEST_PAUSE
                trouble.over(f"Workflows run on {target}")
                health.working(target)
                await _work(client, taking, stop=stop, moved=partial(_moved, address, target), ending=ending)
            except TemporalError as error:
                trouble.say(f"Workflows wait: {error}", error=error.code not in ("unreachable", "timeout"))
                health.waits(str(error))
            except RuntimeError:  # what the SDK raises when a worker cannot go on
                logger.exception("The worker stopped and is started again")
                health.waits("The worker stopped and is started again.")
            except Exception:  # whatever broke (a lost database connection, say), workflows have to go on
                logger.exception("The worker broke and is started again")
                health.waits("The worker broke and is started again.")
                pause = _LONGEST_PAUSE
        await _wait(stop, pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    await asyncio.gather(*ending, return_exceptions=True)
    await asyncio.sleep(_SETTLE)


class _Taking(NamedTuple):
    """Which queue work is taken from, how many activities run together, and where it is told how that goes."""

    queue: str
    at_once: int
    health: Health


async def _work(
    client: Client,
    taking: _Taking,
    *,
    stop: asyncio.Event,
    moved: Callable[[], bool],
    ending: set[asyncio.Task[None]],
) -> None:
    """Run the worker and the relay until `stop`, or until the server moved or came back, or one of them breaks."""
    executor = ThreadPoolExecutor(max_workers=taking.at_once, thread_name_prefix="activity")
    worker = Worker(
        client,
        task_queue=taking.queue,
        workflows=WORKFLOWS,
        activities=ACTIVITIES,
        activity_executor=executor,
        max_concurrent_activities=taking.at_once,
        graceful_shutdown_timeout=_GRACE,
        max_heartbeat_throttle_interval=_HEARTBEATS,
        sticky_queue_schedule_to_start_timeout=_STICKY,
        interceptors=[ActivityIds()],
    )
    parts = [
        asyncio.create_task(worker.run()),
        asyncio.create_task(relay(client).run(stop=stop)),
        asyncio.create_task(_until_it_comes_back(client, taking.health)),
    ]
    try:
        while not (stop.is_set() or moved() or any(part.done() for part in parts)):
            await _wait(stop, 0.5)
        for part in parts:
            if part.done():
                part.result()
    finally:
        end = asyncio.create_task(_end(worker, parts, executor))
        ending.add(end)
        end.add_done_callback(ending.discard)


def relay(client: Client) -> Relay:
    return Relay(client, task_queue=settings.TEMPORAL_TASK_QUEUE, chores=(runs.forget_old,))


async def _end(worker: Worker, parts: list[asyncio.Task[None]], executor: ThreadPoolExecutor) -> None:
    """Let the worker's activities end, or hand them back to the next worker."""
    for part in parts[1:]:
        part.cancel()  # it may be in the middle of the SDK's own retries
    await worker.shutdown()
    await asyncio.gather(*parts, return_exceptions=True)
    executor.shutdown(wait=False)


async def _until_it_comes_back(client: Client, health: Health) -> None:
    """Returns when the server answers again after it was away.

    The SDK's own pollers look for a lost server only every ten seconds; a new worker asks at once.
    """
    answered = time.monotonic()
    while True:
        await asyncio.sleep(_PULSE)
        try:
            await client.workflow_service.get_system_info(
                GetSystemInfoRequest(), timeout=timedelta(seconds=2 * _PULSE)
            )
        except RPCError:
            health.waits("Temporal does not answer.")
            continue
        health.working()
        before, answered = answered, time.monotonic()
        if answered - before > _AWAY:
            return


class _Trouble:
    """Tells what is wrong once, and again from time to time, instead of at every try."""

    def __init__(self) -> None:
        self._text = ""
        self._said_at = 0.0

    def say(self, text: str, *, error: bool) -> None:
        if text == self._text and time.monotonic() - self._said_at < _SAY_AGAIN:
            return
        self._text, self._said_at = text, time.monotonic()
        logger.log(logging.ERROR if error else logging.WARNING, text)

    def over(self, text: str) -> None:
        logger.log(logging.WARNING if self._text else logging.INFO, text)
        self._text = ""


def _moved(address: Callable[[], str | None], target: str) -> bool:
    return address() != target


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)

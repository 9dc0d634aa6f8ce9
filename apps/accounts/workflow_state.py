"""What the workflow engine is doing, for pages and health checks: does it answer, who works, what waits.

A thread asks Temporal, at most every few seconds, and everybody is told its last answer: a server that is away or
hangs holds up no page.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from apps.accounts.models import WorkflowStart
from eaichat.temporal import IN_CLEAR, Access, TemporalError, connect
from eaichat.temporal_state import read_address

_FRESH = 5.0  # seconds in which the last answer stands
_STALE = 30.0  # seconds after which it is no longer told
_PATIENCE = 1.0  # seconds that a page waits when there is no answer to tell
_WITHIN = 2.0  # seconds in which Temporal must answer
_SEEN = timedelta(seconds=75)  # a worker polls for up to a minute at a time
_MOMENT = timedelta(seconds=5)  # a row that waits no longer than this is only on its way


@dataclass(frozen=True)
class Engine:
    """`workers` polled lately: one that was killed counts for another minute."""

    address: str
    answers: bool
    workers: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Waiting:
    """The rows of the outbox that wait for longer than a moment."""

    count: int
    since: datetime | None

    def __str__(self) -> str:
        if self.since is None:
            return ""
        return f"{self.count} workflow{'s wait' if self.count > 1 else ' waits'} since {ago(self.since)}"


def address() -> str | None:
    """TEMPORAL_ADDRESS, else where `manage.py up` of this installation last started its server."""
    return settings.TEMPORAL_ADDRESS or read_address(settings.VAR_DIR / "temporal")


def access() -> Access:
    """Certificates and keys are for TEMPORAL_ADDRESS; our own dev server speaks in clear."""
    given: Access = settings.TEMPORAL_ACCESS
    return given if settings.TEMPORAL_ADDRESS else IN_CLEAR


def waiting() -> Waiting:
    rows = WorkflowStart.objects.filter(started_at=None, created_at__lt=timezone.now() - _MOMENT)
    found = rows.aggregate(count=Count("pk"), since=Min("created_at"))
    return Waiting(found["count"], found["since"])


def engine() -> Engine | None:
    """The engine as it was a few seconds ago at most; None while it has no address."""
    where = address()
    return _lookout.tell(where) if where else None


def ago(moment: datetime) -> str:
    """ "40 s", "4 min", "3 h"."""
    seconds = max(0, round((timezone.now() - moment).total_seconds()))
    if seconds < 90:
        return f"{seconds} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{round(seconds / 3600)} h"


class _Lookout:
    """Asks in its own thread, one question at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="temporal-lookout")
        self._asking: Future[None] | None = None
        self._last: tuple[float, tuple[str, str, str], Engine] | None = None

    def tell(self, where: str) -> Engine:
        key = (where, settings.TEMPORAL_NAMESPACE, settings.TEMPORAL_TASK_QUEUE)
        age, known = self._known(key)
        if known is not None and age < _FRESH:
            return known
        with self._lock:
            if self._asking is None or self._asking.done():
                self._asking = self._thread.submit(self._ask, key)
            asking = self._asking
        if known is None or age > _STALE:
            try:
                asking.result(_PATIENCE)
            except TimeoutError:
                return Engine(where, answers=False, problem=f"Temporal at {where} does not answer.")
            known = self._known(key)[1]
        return known or Engine(where, answers=False, problem=f"Temporal at {where} was not asked yet.")

    def _known(self, key: tuple[str, str, str]) -> tuple[float, Engine | None]:
        last = self._last
        if last is None or last[1] != key:
            return 0.0, None
        return time.monotonic() - last[0], last[2]

    def _ask(self, key: tuple[str, str, str]) -> None:
        found = asyncio.run(_look(*key))
        self._last = (time.monotonic(), key, found)


async def _look(where: str, namespace: str, task_queue: str) -> Engine:
    try:
        client = await connect(where, namespace=namespace, access=access(), within=_WITHIN)
        answer = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=namespace,
                task_queue=TaskQueue(name=task_queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            ),
            timeout=timedelta(seconds=_WITHIN),
        )
    except TemporalError as error:
        return Engine(where, answers=False, problem=str(error))
    except RPCError as error:
        return Engine(where, answers=False, problem=f"Temporal at {where} says: {error.message}.")
    since = datetime.now(UTC) - _SEEN
    seen = {one.identity for one in answer.pollers if one.last_access_time.ToDatetime(UTC) > since}
    return Engine(where, answers=True, workers=len(seen))


_lookout = _Lookout()

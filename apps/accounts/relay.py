"""The relay of the outbox: starts the workflows that transactions asked for, each exactly once.

A row's id is the workflow's id, and Temporal refuses an id that it has seen, so a relay that dies between starting
a workflow and marking its row, or two relays at once, start nothing twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone
from temporalio.client import Client

from apps.accounts.database import in_database
from apps.accounts.models import WorkflowStart
from eaichat.temporal import TemporalError, start

logger = logging.getLogger(__name__)

BATCH = 100
KEPT = timedelta(days=30)  # rows whose workflow was started; long after Temporal itself forgets them
_TIDY = 3600.0  # seconds between two looks for older ones
_FORGOTTEN_AT_ONCE = 1000
_LONGEST_PAUSE = 2.0  # seconds: so soon after the return of the server or the database the rows start


class Relay:
    """Moves rows of the outbox to one Temporal server."""

    def __init__(self, client: Client, *, task_queue: str, chores: Sequence[Callable[[], object]] = ()) -> None:
        """`chores` delete what else is old: called in a database thread as often as old rows are looked for."""
        self._client = client
        self._task_queue = task_queue
        self._chores = (forget_old, *map(in_database, chores))
        self._tidied = -_TIDY
        self._not_before: dict[uuid.UUID, float] = {}  # rows that Temporal refused, and when to try them again

    async def run(self, *, stop: asyncio.Event, interval: float = 0.25) -> None:
        """Look for new rows every `interval` seconds until `stop`; a server that is away is waited for."""
        pause = interval
        while not stop.is_set():
            try:
                await self.once()
                await self._tidy()
                pause = interval
            except (TemporalError, DatabaseError) as error:
                logger.warning("The outbox waits: %s", error)
                pause = min(pause * 2, _LONGEST_PAUSE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def once(self) -> int:
        """Start what waits now and return how many rows were started.

        Raises `TemporalError` when the server is away. A row that the server refuses keeps the reason and is tried
        again later; it does not hold up the others.
        """
        now = time.monotonic()
        started = 0
        for row in await _pending():
            if self._not_before.get(row.pk, 0.0) > now:
                continue
            try:
                await start(
                    self._client,
                    workflow=row.workflow,
                    workflow_id=str(row.pk),
                    argument=row.argument,
                    task_queue=self._task_queue,
                )
            except TemporalError as error:
                await _failed(row.pk, str(error))
                if error.retryable:
                    raise
                logger.error("Workflow %s %s was refused: %s", row.workflow, row.pk, error)
                self._not_before[row.pk] = now + min(300.0, 2.0 ** (row.attempts + 1))
                continue
            await _started(row.pk)
            self._not_before.pop(row.pk, None)
            started += 1
        return started

    async def _tidy(self) -> None:
        if time.monotonic() - self._tidied >= _TIDY:
            self._tidied = time.monotonic()
            for chore in self._chores:
                await chore()


@in_database
def forget_old() -> None:
    """Delete rows that were started long ago."""
    old = WorkflowStart.objects.filter(started_at__lt=timezone.now() - KEPT).order_by("started_at")
    WorkflowStart.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE])).delete()


@in_database
def _pending() -> list[WorkflowStart]:
    return list(WorkflowStart.objects.pending()[:BATCH])


@in_database
def _started(pk: uuid.UUID) -> None:
    WorkflowStart.objects.filter(pk=pk, started_at=None).update(
        started_at=timezone.now(), attempts=F("attempts") + 1, last_error=""
    )


@in_database
def _failed(pk: uuid.UUID, text: str) -> None:
    WorkflowStart.objects.filter(pk=pk, started_at=None).update(attempts=F("attempts") + 1, last_error=text)

"""What connectors do durably: syncs, and taking a deleted connector's products out of the index.

A sync is read in stretches of half a minute, each an activity that goes on where the run's row says. The row
decides what happens: a signal that was lost is made up for by the next look at it.

Activities are called by name, so the workflow sandbox imports nothing but this file.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError

WORKER_STOPPED = "worker_stopped"  # the error type of an activity that ended because its worker was shut down
_HEARTBEAT = timedelta(seconds=15)  # so soon a worker that was killed is missed
_LONGEST_PAUSE = timedelta(seconds=4)  # so soon after the return of what was away the work goes on
_STRETCHES = 40  # in one history, which must not grow without end
_LOOK_AGAIN = timedelta(minutes=1)  # at a paused run, whose resuming may not have reached us
_RETRIES = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=3.0,
    maximum_interval=_LONGEST_PAUSE,
    non_retryable_error_types=[WORKER_STOPPED],
)


@dataclass
class SyncInput:
    run_id: str


@dataclass
class Stretch:
    """How a stretch ended, and how far the run is. `total` None: nobody knows how many products there are."""

    state: Literal["more", "paused", "over"]
    seen: int = 0
    total: int | None = None


@dataclass
class Steering:
    """What a signal asks of a run: "pause", "resume" or "cancel"."""

    run_id: str
    wish: str


@dataclass
class SyncFailure:
    run_id: str
    code: str
    text: str


@dataclass
class RemovalInput:
    store_id: str
    connector_id: str


@workflow.defn
class ProductSyncWorkflow:
    """One sync run. A stretch that fails for a passing reason is tried three times in seconds: somebody watches.

    The activity counts failures and gives up; here nothing does, since a lost worker or database is no failure.
    """

    def __init__(self) -> None:
        self._wish = ""  # of the last signal that was not obeyed yet
        self._looks = False  # whether the row has changed since the last stretch began
        self._reached = Stretch("more")

    @workflow.signal
    def look(self) -> None:
        """The row tells what is wished; a late signal writes nothing there that would undo a later wish."""
        self._looks = True

    @workflow.signal
    def pause(self) -> None:
        self._wish = "pause"

    @workflow.signal
    def resume(self) -> None:
        self._wish = "resume"

    @workflow.signal
    def cancel(self) -> None:
        self._wish = "cancel"

    @workflow.query
    def progress(self) -> Stretch:
        """As of the last stretch."""
        return self._reached

    @workflow.run
    async def run(self, sync: SyncInput) -> None:
        if not workflow.patched("stretches"):
            await self._in_one_piece(sync)
            return
        try:
            for _ in range(_STRETCHES):
                await self._obey(sync)
                self._looks = False
                self._reached = await self._stretch(sync)
                if self._reached.state == "over":
                    return
                if self._reached.state == "paused":
                    with contextlib.suppress(TimeoutError):
                        await workflow.wait_condition(lambda: self._looks or bool(self._wish), timeout=_LOOK_AGAIN)
            await self._obey(sync)
        except asyncio.CancelledError:  # by Temporal's own means
            self._wish = "cancel"
            await self._obey(sync)
            raise
        workflow.continue_as_new(sync)

    async def _obey(self, sync: SyncInput) -> None:
        """Write into the run's row what a signal asked for."""
        while self._wish:
            wish, self._wish = self._wish, ""
            await workflow.execute_activity(
                "steer_sync",
                Steering(sync.run_id, wish),
                start_to_close_timeout=timedelta(seconds=30),
                retry_policy=RetryPolicy(maximum_interval=_LONGEST_PAUSE),
            )

    async def _stretch(self, sync: SyncInput) -> Stretch:
        work = workflow.start_activity(
            "sync_stretch",
            sync,
            result_type=Stretch,
            start_to_close_timeout=timedelta(hours=6),
            heartbeat_timeout=_HEARTBEAT,
            retry_policy=_RETRIES,
        )
        await workflow.wait_condition(lambda: work.done() or self._wish in ("pause", "cancel"))
        if not work.done():
            work.cancel()
        try:
            ended: Stretch = await work
        except ActivityError as error:
            if isinstance(error.cause, CancelledError) or _worker_stopped(error):
                return Stretch("more", self._reached.seen, self._reached.total)
            await self._fail(sync, error)
            return Stretch("over", self._reached.seen, self._reached.total)
        return ended

    async def _in_one_piece(self, sync: SyncInput) -> None:
        """As syncs went that the release before last began."""
        while True:
            try:
                await workflow.execute_activity(
                    "sync_products",
                    sync,
                    start_to_close_timeout=timedelta(hours=6),
                    heartbeat_timeout=_HEARTBEAT,
                    retry_policy=_RETRIES,
                )
                return
            except ActivityError as error:
                if not _worker_stopped(error):
                    await self._fail(sync, error)
                    return

    async def _fail(self, sync: SyncInput, error: ActivityError) -> None:
        code, text = _reason(error)
        await workflow.execute_activity(
            "mark_sync_failed",
            SyncFailure(sync.run_id, code, text),
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=_LONGEST_PAUSE),
        )


@workflow.defn
class ProductRemovalWorkflow:
    """Tries until the index has let the products go."""

    @workflow.run
    async def run(self, removal: RemovalInput) -> None:
        await workflow.execute_activity(
            "remove_products",
            removal,
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=_HEARTBEAT,
            retry_policy=RetryPolicy(maximum_interval=_LONGEST_PAUSE),
        )


def _worker_stopped(error: ActivityError) -> bool:
    """A restart is no failed try: go on with the next worker."""
    return isinstance(error.cause, ApplicationError) and error.cause.type == WORKER_STOPPED


def _reason(error: ActivityError) -> tuple[str, str]:
    """The code and the words of what went wrong; a defect of ours gets words that do not blame the store."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.details:
        return cause.type or "internal", cause.message
    return "internal", "The sync broke down here, not at the store. The log has the details."


WORKFLOWS = [ProductSyncWorkflow, ProductRemovalWorkflow]

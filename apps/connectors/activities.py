"""The activities of connectors: each translates and makes one service call."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator
from typing import Literal
from uuid import UUID

from django.db import InterfaceError, OperationalError, close_old_connections
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from apps.catalog.engine.errors import CatalogError
from apps.connectors import runs, services
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.sync import Progress, run_pass
from apps.connectors.workflows import WORKER_STOPPED, RemovalInput, Steering, Stretch, SyncFailure, SyncInput

_EXPECTED = ApplicationErrorCategory.BENIGN  # no traceback in the log: people read it on the run
_DATABASE_AWAY = (OperationalError, InterfaceError)
_BEAT = 3.0  # seconds; several beats fit into the heartbeat timeout


STRETCH_S = 30.0  # then a stretch ends at its page, and another worker may go on with the next one


@activity.defn(no_thread_cancel_exception=True)  # ends between two pages, never in the middle of a call
def sync_stretch(sync: SyncInput) -> Stretch:
    reached = Progress(None, 0, 0)

    def watch(progress: Progress) -> None:
        nonlocal reached
        reached = progress
        _watch(progress)

    with _at_work(), _failures_counted(UUID(sync.run_id)):
        state: Literal["more", "paused", "over"]
        try:
            state = "over" if run_pass(run_id=UUID(sync.run_id), watch=watch, within=STRETCH_S) else "more"
        except runs.SyncPausedError:
            state = "paused"
        except runs.SyncStoppedError:
            activity.logger.info("Sync %s is no longer wanted", sync.run_id)
            state = "over"
    return Stretch(state, reached.seen, reached.total)


@activity.defn(no_thread_cancel_exception=True)
def steer_sync(steering: Steering) -> None:
    with _at_work():
        runs.steer(run_id=UUID(steering.run_id), wish=runs.Wish(steering.wish))


@activity.defn(no_thread_cancel_exception=True)  # for workflows of the release before: see `_in_one_piece`
def sync_products(sync: SyncInput) -> None:
    run_id = UUID(sync.run_id)
    with _at_work(), _failures_counted(run_id):
        try:
            while not run_pass(run_id=run_id, watch=_watch):
                pass
        except runs.SyncStoppedError:
            activity.logger.info("Sync %s is no longer wanted", run_id)


def _watch(progress: Progress) -> None:
    activity.heartbeat(progress.seen, progress.total)
    if activity.is_worker_shutdown():
        raise ApplicationError("The worker was shut down", type=WORKER_STOPPED, category=_EXPECTED)
    if activity.is_cancelled():
        raise runs.SyncStoppedError


@contextlib.contextmanager
def _failures_counted(run_id: UUID) -> Iterator[None]:
    """Give a run up after its third failed pass. A lost worker or database is no failed pass: the run goes on."""
    try:
        yield
    except (ConnectorError, CatalogError) as error:
        failures = runs.note_failure(run_id=run_id, code=error.code, text=error.text)
        raise _ours(error, last=failures >= runs.MOST_FAILURES) from error
    except (ApplicationError, *_DATABASE_AWAY):
        raise
    except Exception as error:  # a defect of ours, which may still pass
        failures = runs.note_failure(run_id=run_id, code="", text="")
        raise ApplicationError(
            f"{type(error).__name__}: {error}", non_retryable=failures >= runs.MOST_FAILURES
        ) from error


@activity.defn(no_thread_cancel_exception=True)
def mark_sync_failed(failure: SyncFailure) -> None:
    with _at_work():
        runs.fail(run_id=UUID(failure.run_id), code=failure.code, text=failure.text)


@activity.defn(no_thread_cancel_exception=True)
def remove_products(removal: RemovalInput) -> int:
    with _at_work():
        try:
            return services.remove_products(store_id=removal.store_id, connector_id=removal.connector_id)
        except CatalogError as error:
            raise _ours(error) from error


def _ours(error: ConnectorError | CatalogError, *, last: bool = False) -> ApplicationError:
    """The error as Temporal keeps it: `details` mark it as one whose words are meant for people."""
    return ApplicationError(
        error.text, "for people", type=error.code, non_retryable=last or not error.retryable, category=_EXPECTED
    )


@contextlib.contextmanager
def _at_work() -> Iterator[None]:
    """A healthy database connection, and heartbeats also while one request or one page takes long.

    A database that is away ends the activity; it is tried again until it is back.
    """
    done = threading.Event()
    beat = contextvars.copy_context().run

    def keep_beating() -> None:
        while not done.wait(_BEAT):
            beat(activity.heartbeat)

    close_old_connections()
    thread = threading.Thread(target=keep_beating, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    except _DATABASE_AWAY as error:
        raise ApplicationError(f"The database is away: {error}", category=_EXPECTED) from error
    finally:
        done.set()
        thread.join()
        close_old_connections()


ACTIVITIES: list[Callable[..., object]] = [
    sync_stretch,
    steer_sync,
    sync_products,
    mark_sync_failed,
    remove_products,
]

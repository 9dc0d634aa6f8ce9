"""The record of a sync run: how it is made, taken up, kept current, ended, and given up."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from apps.accounts.models import WorkflowStart
from apps.connectors.models import ConnectorConfig, SyncLogLine, SyncRun
from apps.connectors.platforms.errors import ConnectorError

ALIVE = (SyncRun.State.WAITING, SyncRun.State.RUNNING)
OPEN_STATES = (SyncRun.State.WAITING, SyncRun.State.RUNNING, SyncRun.State.PAUSED)
ABANDONED_AFTER = timedelta(minutes=10)  # without a sign of life, in the foreground; a page takes seconds
WORKFLOW_ABANDONED_AFTER = timedelta(hours=1)  # by workflow: its worker or its server may be away for long
KEPT = timedelta(days=90)
CLOCKS_DIFFER = timedelta(minutes=5)  # between here and a platform, at most
MOST_FAILURES = 3
_FORGOTTEN_AT_ONCE = 1_000
MOST_TRIES = 20  # a run that ends its worker every time is given up


class SyncStoppedError(Exception):
    """The run is no longer wanted: its connector was deleted, or the run was given up or cancelled meanwhile."""


class SyncPausedError(SyncStoppedError):
    """The run rests until somebody resumes it."""


def take_up(*, run_id: UUID) -> SyncRun:
    """Begin a pass: mark the run as running and return it with its connector and store.

    What an earlier pass of it counted stays until this one is further. An earlier pass that is still alive stops
    at its next `update`.

    Raises `SyncStoppedError` when it is gone or over, and `ConnectorError("busy")`, retryable, while another run
    of the same connector is alive.
    """
    with transaction.atomic():
        connector_id = SyncRun.objects.filter(pk=run_id).values_list("connector_id", flat=True).first()
        if connector_id is None:
            raise SyncStoppedError
        lock(connector_id=connector_id, but=run_id)
        run = SyncRun.objects.filter(pk=run_id).select_related("connector__store").first()
        if run is None or run.state not in ALIVE:
            raise _stopped(run)
        # One that rests too: it goes on in the belief that what it has read is still marked as its own.
        begun = SyncRun.objects.filter(connector_id=connector_id, state__in=OPEN_STATES, passes__gt=0)
        if begun.exclude(pk=run_id).exists():
            text = "Another sync of this connector is running or paused. Wait for it, or cancel it."
            raise ConnectorError("busy", text, retryable=True)
        if run.tries >= MOST_TRIES:
            raise ConnectorError(
                "worker_lost", f"The sync was broken off {run.tries} times at one place. The log has the details."
            )
        run.state = SyncRun.State.RUNNING
        run.started_at = run.started_at or timezone.now()
        run.passes += 1
        run.tries += 1
        run.save()
        if run.passes == 1:
            log(run.pk, "Started.")
        elif run.tries > 1:
            log(run.pk, "Taken up again.")
    return run


def lock(*, connector_id: UUID, but: UUID | None = None) -> None:
    """Hold the connector's row until the transaction ends, and give up its runs that nobody works on any more.

    `but` is never given up: somebody is about to work on it.
    """
    ConnectorConfig.objects.select_for_update().filter(pk=connector_id).first()
    now = timezone.now()
    foreground = Q(workflow=None, updated_at__lt=now - ABANDONED_AFTER)
    by_workflow = Q(
        workflow__started_at__lt=now - WORKFLOW_ABANDONED_AFTER, updated_at__lt=now - WORKFLOW_ABANDONED_AFTER
    )
    # One that is paused may rest for as long as it likes.
    abandoned = SyncRun.objects.filter(foreground | by_workflow, connector_id=connector_id, state__in=ALIVE)
    if but is not None:
        abandoned = abandoned.exclude(pk=but)
    for pk in list(abandoned.values_list("pk", flat=True)):
        SyncRun.objects.filter(pk=pk).update(
            state=SyncRun.State.FAILED,
            error_code="abandoned",
            error_text="The process that ran this sync ended before it was done. Start the sync again.",
            finished_at=timezone.now(),
        )


def update(run: SyncRun, **values: Any) -> None:
    """Write `values` to the run and into its row; raises `SyncStoppedError` when the run is gone or over.

    The same when another pass has begun meanwhile, in another worker.
    """
    for name, value in values.items():
        setattr(run, name, value)
    now = timezone.now()
    if not SyncRun.objects.filter(pk=run.pk, passes=run.passes, state__in=ALIVE).update(**values, updated_at=now):
        raise _stopped(SyncRun.objects.filter(pk=run.pk).first())


def _stopped(run: SyncRun | None) -> SyncStoppedError:
    return SyncPausedError() if run is not None and run.state == SyncRun.State.PAUSED else SyncStoppedError()


class Wish(StrEnum):
    """What people, and signals, ask of a run."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


_OBEYED = {
    Wish.PAUSE: (ALIVE, SyncRun.State.PAUSED, "Paused."),
    Wish.RESUME: ((SyncRun.State.PAUSED,), SyncRun.State.WAITING, "Resumed."),
    Wish.CANCEL: (OPEN_STATES, SyncRun.State.CANCELLED, "Cancelled."),
}


def steer(*, run_id: UUID, wish: Wish) -> bool:
    """Do as somebody wishes with the run; whoever works on it notices at the next page.

    False: it is already so, or the run is over. What was read stays in the index, and nothing is removed.
    """
    states, state, text = _OBEYED[wish]
    now = timezone.now()
    values: dict[str, Any] = {"state": state, "updated_at": now, "tries": 0}
    if wish == Wish.CANCEL:
        values["finished_at"] = now
    if not SyncRun.objects.filter(pk=run_id, state__in=states).update(**values):
        return False
    log(run_id, text)
    return True


def full_is_due(run: SyncRun) -> bool:
    """Whether a sync that nobody asked for by hand has to read everything, since none did for long."""
    if run.origin not in (SyncRun.Origin.SCHEDULE, SyncRun.Origin.WEBHOOK):
        return False
    full = SyncRun.objects.filter(
        connector_id=run.connector_id, mode=SyncRun.Mode.FULL, state=SyncRun.State.SUCCEEDED
    )
    last = full.values_list("started_at", flat=True).first()
    return last is None or timezone.now() - last >= timedelta(hours=run.connector.full_every)


def end(run: SyncRun) -> None:
    """Mark the run as succeeded. What the platform changed since it began comes with the next one."""
    with transaction.atomic():  # new settings cancel the run and forget until when it was synced, both or neither
        connectors = ConnectorConfig.objects.filter(pk=run.connector_id)
        connectors.select_for_update().first()
        update(run, state=SyncRun.State.SUCCEEDED, finished_at=timezone.now(), after="")
        if run.started_at is not None:
            connectors.update(synced_until=run.started_at - CLOCKS_DIFFER)
    log(run.pk, f"Done: {run.added} new, {run.changed} changed, {run.unchanged} unchanged, {run.removed} removed.")


def note_failure(*, run_id: UUID, code: str, text: str) -> int:
    """Count a failed pass and say on the run what stands in its way while it is tried again.

    Returns how many passes have failed by now.
    """
    if SyncRun.objects.filter(pk=run_id, state__in=OPEN_STATES).update(
        error_code=code, error_text=text, failures=F("failures") + 1, updated_at=timezone.now()
    ):
        log(run_id, f"A try failed: {text or 'it broke down here, the log has the details.'}")
    return SyncRun.objects.filter(pk=run_id).values_list("failures", flat=True).first() or 0


def fail(*, run_id: UUID, code: str, text: str) -> None:
    """End the run as failed; a run that is over stays as it is."""
    now = timezone.now()
    if SyncRun.objects.filter(pk=run_id, state__in=OPEN_STATES).update(
        state=SyncRun.State.FAILED, error_code=code, error_text=text, finished_at=now, updated_at=now
    ):
        log(run_id, f"Failed: {text}")


def products_must_go(*, connector_id: UUID) -> bool:
    """Whether the connector was deleted, and its products were not left as they are."""
    if ConnectorConfig.objects.filter(pk=connector_id).exists():
        return False
    removals = WorkflowStart.objects.filter(workflow="ProductRemovalWorkflow")
    return removals.filter(argument__connector_id=str(connector_id)).exists()


def log(run_id: UUID, text: str) -> None:
    """Add a line to what the run's page tells; call it where the run is known to exist."""
    SyncLogLine.objects.create(run_id=run_id, text=text[:500])


def forget_old() -> int:
    """Delete runs of more than 90 days ago, but no connector's newest, nor one that is not over."""
    newest = SyncRun.objects.filter(connector=OuterRef("connector")).order_by("-created_at").values("pk")[:1]
    old = SyncRun.objects.filter(created_at__lt=timezone.now() - KEPT).exclude(state__in=OPEN_STATES)
    kept = old.annotate(newest=Subquery(newest)).exclude(pk=F("newest"))
    found = list(kept.order_by("created_at").values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE])
    SyncRun.objects.filter(pk__in=found).delete()
    return len(found)

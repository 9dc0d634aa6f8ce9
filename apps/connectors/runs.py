"""The record of a sync run: how it is made, taken up, kept current, ended, and given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.errors import ConnectorError

OPEN_STATES = (SyncRun.State.WAITING, SyncRun.State.RUNNING)
ABANDONED_AFTER = timedelta(minutes=10)  # without a sign of life; a page of products takes seconds


class SyncStoppedError(Exception):
    """The run is no longer wanted: its connector was deleted, or the run was given up meanwhile."""


def take_up(*, run_id: UUID) -> SyncRun:
    """Mark the run as running and return it with its connector and store.

    Raises `SyncStoppedError` when it is gone or over, and `ConnectorError("busy")`, retryable, while another run
    of the same connector is alive.
    """
    with transaction.atomic():
        run = SyncRun.objects.filter(pk=run_id).select_related("connector__store").first()
        if run is None or not run.is_open:
            raise SyncStoppedError
        lock(connector_id=run.connector_id)
        running = SyncRun.objects.filter(connector_id=run.connector_id, state=SyncRun.State.RUNNING)
        if running.exclude(pk=run_id).exists():
            raise ConnectorError("busy", "Another sync of this connector is running. Wait for it.", retryable=True)
        run.state = SyncRun.State.RUNNING
        run.started_at = run.started_at or timezone.now()
        run.seen = run.indexed = run.rejected = 0
        run.notes = []
        run.save()
    return run


def lock(*, connector_id: UUID) -> None:
    """Hold the connector's row until the transaction ends, and give up its runs that nobody works on any more."""
    ConnectorConfig.objects.select_for_update().filter(pk=connector_id).first()
    long_ago = timezone.now() - ABANDONED_AFTER
    started_long_ago = Q(workflow__started_at__lt=long_ago) | Q(workflow=None)
    abandoned = SyncRun.objects.filter(connector_id=connector_id, updated_at__lt=long_ago).filter(
        Q(state=SyncRun.State.RUNNING) | (Q(state=SyncRun.State.WAITING) & started_long_ago)
    )
    for pk in list(abandoned.values_list("pk", flat=True)):
        SyncRun.objects.filter(pk=pk).update(
            state=SyncRun.State.FAILED,
            error_code="abandoned",
            error_text="The process that ran this sync ended before it was done. Start the sync again.",
            finished_at=timezone.now(),
        )


def update(run: SyncRun, **values: Any) -> None:
    """Write `values` to the run and into its row; raises `SyncStoppedError` when the run is gone or over."""
    for name, value in values.items():
        setattr(run, name, value)
    now = timezone.now()
    if not SyncRun.objects.filter(pk=run.pk, state__in=OPEN_STATES).update(**values, updated_at=now):
        raise SyncStoppedError


def note_problem(*, run_id: UUID, code: str, text: str) -> None:
    """Say on the run what stands in its way while it is tried again."""
    SyncRun.objects.filter(pk=run_id, state__in=OPEN_STATES).update(
        error_code=code, error_text=text, updated_at=timezone.now()
    )


def fail(*, run_id: UUID, code: str, text: str) -> None:
    """End the run as failed; a run that is over stays as it is."""
    now = timezone.now()
    SyncRun.objects.filter(pk=run_id, state__in=OPEN_STATES).update(
        state=SyncRun.State.FAILED, error_code=code, error_text=text, finished_at=now, updated_at=now
    )

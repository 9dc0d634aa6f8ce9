"""One pass over a connector's catalogue into the index: the same work in a workflow's activity and in a terminal.

Nothing is removed before the whole pass succeeded, so a failed sync leaves the catalogue as it was, with what it had
already read brought up to date.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.catalog.runtime import catalog
from apps.connectors.linking import connect
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.errors import ConnectorError

logger = logging.getLogger(__name__)

KEPT_NOTES = 20
ABANDONED_AFTER = timedelta(minutes=10)  # without a sign of life; a page of products takes seconds


@dataclass(frozen=True)
class Progress:
    """How far a pass is; `total` is None when the platform does not say how many products it has."""

    total: int | None
    seen: int
    indexed: int


Watch = Callable[[Progress], None]  # may raise to stop the pass


class SyncStoppedError(Exception):
    """The run is no longer wanted: its connector was deleted, or the run was given up meanwhile."""


def begin(*, run_id: UUID) -> SyncRun:
    """Take the run up. Raises `SyncStoppedError` when it is gone or over, and `ConnectorError("busy")` (retryable)
    while another run of the same connector is alive."""
    with transaction.atomic():
        run = SyncRun.objects.select_related("connector__store").filter(pk=run_id).first()
        if run is None or not run.is_open:
            raise SyncStoppedError
        ConnectorConfig.objects.select_for_update().get(pk=run.connector_id)
        others = SyncRun.objects.filter(connector_id=run.connector_id, state=SyncRun.State.RUNNING).exclude(pk=run_id)
        give_up_abandoned(connector_id=run.connector_id)
        if others.exists():
            raise ConnectorError("busy", "Another sync of this connector is running. Wait for it.", retryable=True)
        run.state = SyncRun.State.RUNNING
        run.started_at = run.started_at or timezone.now()
        run.seen = run.indexed = run.rejected = 0
        run.notes = []
        run.save()
    return run


def run_pass(*, run_id: UUID, watch: Watch) -> None:
    """The whole pass: read every page, index it, then remove what the platform no longer has.

    `watch` is called at the start and after each page. Raises `ConnectorError` or `CatalogError`; the caller decides
    about another try and calls `fail` when there is none.
    """
    try:
        run = begin(run_id=run_id)
        removed = _read_and_index(run, watch)
        _update(run, state=SyncRun.State.SUCCEEDED, removed=removed, finished_at=timezone.now(), error_code="",
                error_text="")
    except SyncStoppedError:
        _forget_products_of_a_deleted_connector(run_id)
        raise


def _read_and_index(run: SyncRun, watch: Watch) -> int:
    connector = run.connector
    store_id, connector_id = str(connector.store_id), str(connector.pk)
    index = catalog()
    with connect(connector) as platform:
        before = index.count(store_id=store_id, connector_id=connector_id)
        total = platform.count()
        _update(run, total=total)
        watch(Progress(total, 0, 0))
        for page in platform.iter_products():
            report = index.index(store_id=store_id, products=page, sync_run=str(run.pk))
            refused = [*platform.rejected, *report.rejected]
            platform.rejected.clear()
            run.notes = [*run.notes, *refused][:KEPT_NOTES]
            _update(
                run,
                seen=run.seen + report.seen,
                indexed=run.indexed + report.indexed,
                rejected=run.rejected + len(refused),
                notes=run.notes,
            )
            watch(Progress(total, run.seen + run.rejected, run.indexed))
        refused = platform.rejected
        if refused:
            _update(run, rejected=run.rejected + len(refused), notes=[*run.notes, *refused][:KEPT_NOTES])
    if run.seen == 0 and before > 0:
        raise ConnectorError(
            "empty_catalogue",
            f"{connector.name} answered with no products at all. The {before} products that are here stay; "
            "when the store is really empty, delete the connector.",
        )
    return index.remove_stale(store_id=store_id, connector_id=connector_id, sync_run=str(run.pk))

"""One pass over a connector's catalogue into the index: the same work in a workflow's activity and in a terminal.

Nothing is removed before the whole pass has succeeded, so a failed sync leaves the catalogue that was there, with
what was read so far brought up to date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from apps.catalog.runtime import catalog
from apps.connectors import runs
from apps.connectors.linking import connect
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.runs import SyncStoppedError

KEPT_NOTES = 20


@dataclass(frozen=True)
class Progress:
    """How far a pass is; `total` is None when the platform does not say how many products it has."""

    total: int | None
    seen: int
    indexed: int


Watch = Callable[[Progress], None]  # may raise to end the pass


def run_pass(*, run_id: UUID, watch: Watch) -> None:
    """The whole pass: read every page, index it, then remove what the platform no longer has.

    `watch` is called at the start and after each page. Raises `ConnectorError`, `CatalogError` or
    `SyncStoppedError`; the caller decides about another try and calls `runs.fail` when there is none.
    """
    run = runs.take_up(run_id=run_id)
    connector = run.connector
    store_id, connector_id = str(connector.store_id), str(connector.pk)
    try:
        before = catalog().count(store_id=store_id, connector_id=connector_id)
        _read_and_index(run, watch)
        if run.seen == 0 and before > 0:
            raise ConnectorError(
                "empty_catalogue",
                f"{connector.name} answered with no products at all, so the {before} that are here stay. "
                "If the store is really empty, delete the connector.",
            )
        removed = catalog().remove_stale(store_id=store_id, connector_id=connector_id, sync_run=str(run.pk))
        runs.update(run, removed=removed, error_code="", error_text="")
        runs.update(run, state=SyncRun.State.SUCCEEDED, finished_at=timezone.now())
    except SyncStoppedError:
        if not ConnectorConfig.objects.filter(pk=connector.pk).exists():
            # It was deleted while a page was on its way into the index.
            catalog().delete_connector(store_id=store_id, connector_id=connector_id)
        raise


def _read_and_index(run: SyncRun, watch: Watch) -> None:
    with connect(run.connector) as platform:
        total = platform.count()
        runs.update(run, total=total)
        watch(Progress(total, 0, 0))
        for page in platform.iter_products():
            report = catalog().index(store_id=str(run.connector.store_id), products=page, sync_run=str(run.pk))
            _count(run, [*platform.rejected, *report.rejected], len(page) - len(report.rejected), report.indexed)
            platform.rejected.clear()
            watch(Progress(total, run.seen + run.rejected, run.indexed))
        _count(run, platform.rejected, 0, 0)


def _count(run: SyncRun, refused: list[str], seen: int, indexed: int) -> None:
    runs.update(
        run,
        seen=run.seen + seen,
        indexed=run.indexed + indexed,
        rejected=run.rejected + len(refused),
        notes=[*run.notes, *refused][:KEPT_NOTES],
    )

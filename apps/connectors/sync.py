"""One pass over a connector's catalogue into the index: the same work in a workflow's activity and in a terminal.

Nothing is removed before the whole pass has succeeded, so a failed sync leaves the catalogue that was there, with
what was read so far brought up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.catalog.product import Product
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
    counted = _Counted(run)
    try:
        before = catalog().count(store_id=store_id, connector_id=connector_id)
        _read_and_index(run, counted, watch)
        if counted.seen == 0 and before > 0:
            raise ConnectorError(
                "empty_catalogue",
                f"{connector.name} answered with no products at all, so the {before} that are here stay. "
                "If the store is really empty, delete the connector.",
            )
        removed = catalog().remove_stale(store_id=store_id, connector_id=connector_id, sync_run=str(run.pk))
        if run.passes > 1:
            removed += _put_right(run, counted)
        runs.update(run, seen=counted.seen, indexed=counted.indexed, removed=removed, error_code="", error_text="")
        runs.update(run, state=SyncRun.State.SUCCEEDED, finished_at=timezone.now())
    except SyncStoppedError:
        if not ConnectorConfig.objects.filter(pk=connector.pk).exists():
            # It was deleted while a page was on its way into the index.
            catalog().delete_connector(store_id=store_id, connector_id=connector_id)
        raise
    except Exception:
        runs.update(run)  # raises SyncStoppedError: what befalls a pass that is no longer the latest is no failure
        raise


class _Counted:
    """What a pass has read and indexed.

    A run shows no less than an earlier pass had reached, until this one is further: the products of that pass are
    in the index. What it embedded counts on, since this pass finds it unchanged.
    """

    def __init__(self, run: SyncRun) -> None:
        self.reached = run.seen + run.rejected
        self.indexed = run.indexed
        self.seen = self.rejected = 0
        self.notes: list[str] = []
        self.ids: set[str] = set()

    def page(self, products: Sequence[Product], refused: list[str], *, indexed: int) -> None:
        self.ids.update(product.product_id for product in products)
        self.rejected += len(refused)
        self.notes = [*self.notes, *refused][:KEPT_NOTES]
        self.indexed += indexed

    def shown(self) -> dict[str, Any]:
        return {
            "seen": max(self.seen, self.reached - self.rejected),
            "indexed": self.indexed,
            "rejected": self.rejected,
            "notes": self.notes,
        }


def _read_and_index(run: SyncRun, counted: _Counted, watch: Watch) -> None:
    with connect(run.connector) as platform:
        total = platform.count()
        runs.update(run, total=total)
        watch(Progress(total, 0, 0))
        for page in platform.iter_products():
            report = catalog().index(store_id=str(run.connector.store_id), products=page, sync_run=str(run.pk))
            counted.seen += len(page) - len(report.rejected)
            counted.page(page, [*platform.rejected, *report.rejected], indexed=report.indexed)
            platform.rejected.clear()
            runs.update(run, **counted.shown())
            watch(Progress(total, counted.seen + counted.rejected, counted.indexed))
        counted.page([], platform.rejected, indexed=0)
        runs.update(run, **counted.shown())


def _put_right(run: SyncRun, counted: _Counted) -> int:
    """After a pass that was not the first: what an earlier one left behind, and could no longer count.

    Takes out what it has marked and the platform deleted since; returns how many that were.
    """
    store_id, connector_id = str(run.connector.store_id), str(run.connector_id)
    gone: list[str] = []
    counted.indexed = 0
    for product_id, written_by in catalog().writers(store_id=store_id, connector_id=connector_id):
        if product_id not in counted.ids:
            gone.append(product_id)
        elif written_by == str(run.pk):
            counted.indexed += 1
    return catalog().delete(store_id=store_id, product_ids=gone)

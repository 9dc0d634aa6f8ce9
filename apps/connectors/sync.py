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

from apps.catalog.engine.queries import IndexReport
from apps.catalog.product import Product
from apps.catalog.runtime import catalog
from apps.connectors import runs, set_aside
from apps.connectors.linking import connect
from apps.connectors.models import SyncRun
from apps.connectors.platforms.base import BasePlatformConnector
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
            removed += _remove_gone(run, counted)
        set_aside.forget_unseen(run)
        runs.update(run, **counted.reached(), removed=removed, error_code="", error_text="")
        runs.update(run, state=SyncRun.State.SUCCEEDED, finished_at=timezone.now())
        runs.log(
            run.pk, f"Done: {run.added} new, {run.changed} changed, {run.unchanged} unchanged, {removed} removed."
        )
    except SyncStoppedError:
        if runs.products_must_go(connector_id=connector.pk):
            # It was deleted while a page was on its way into the index.
            catalog().delete_connector(store_id=store_id, connector_id=connector_id)
        raise
    except Exception:
        runs.update(run)  # raises SyncStoppedError: what befalls a pass that is no longer the latest is no failure
        raise


class _Counted:
    """What a pass has read and indexed.

    A run shows no less than an earlier pass had reached, until this one is further: the products of that pass are
    in the index, and those it wrote still count as written by this run.
    """

    def __init__(self, run: SyncRun) -> None:
        self._earlier = {name: getattr(run, name) for name in ("seen", "rejected", "added", "changed", "bytes")}
        self.seen = self.rejected = self.added = self.changed = self.bytes = 0
        self.notes: list[str] = []
        self.ids: set[str] = set()

    @property
    def indexed(self) -> int:
        return self.added + self.changed

    def page(
        self, products: Sequence[Product], report: IndexReport, refused: Sequence[str], *, received: int
    ) -> None:
        self.ids.update(product.product_id for product in products)
        self.seen += len(products) - len(report.rejected)
        self.added += report.added
        self.changed += report.changed
        self.bytes = self._earlier["bytes"] + received
        self.rejected += len(refused)
        self.notes = [*self.notes, *refused][:KEPT_NOTES]

    def reached(self) -> dict[str, Any]:
        return {
            "seen": self.seen,
            "added": self.added,
            "changed": self.changed,
            "indexed": self.indexed,
            "unchanged": self.seen - self.indexed,
            "rejected": self.rejected,
            "notes": self.notes,
            "bytes": self.bytes,
        }

    def shown(self) -> dict[str, Any]:
        before = self._earlier
        added, changed = max(self.added, before["added"]), max(self.changed, before["changed"])
        seen = max(self.seen, before["seen"] + before["rejected"] - self.rejected)
        return self.reached() | {
            "seen": seen,
            "added": added,
            "changed": changed,
            "indexed": added + changed,
            "unchanged": max(0, seen - added - changed),
        }


def _read_and_index(run: SyncRun, counted: _Counted, watch: Watch) -> None:
    with connect(run.connector) as platform:
        total = platform.count()
        runs.update(run, total=total)
        watch(Progress(total, 0, 0))
        for page in platform.iter_products():
            _index(run, counted, platform, page)
            watch(Progress(total, counted.seen + counted.rejected, counted.indexed))
        _index(run, counted, platform, [])


def _index(run: SyncRun, counted: _Counted, platform: BasePlatformConnector, page: Sequence[Product]) -> None:
    """A page into the index and onto the run, with what the platform refused until here."""
    report = catalog().index(store_id=str(run.connector.store_id), products=page, sync_run=str(run.pk))
    refused = [
        *set_aside.by_platform(platform.rejected),
        *set_aside.by_index(report.rejected, page, prefix=run.connector.product_prefix),
    ]
    texts = [*platform.rejected, *report.rejected]
    platform.rejected.clear()
    counted.page(page, report, texts, received=platform.http.received)
    runs.update(run, **counted.shown())
    set_aside.note(run, read=page, refused=refused)


def _remove_gone(run: SyncRun, counted: _Counted) -> int:
    """After a pass that was not the first: take out what an earlier one marked and the platform deleted since."""
    store_id, connector_id = str(run.connector.store_id), str(run.connector_id)
    there = catalog().writers(store_id=store_id, connector_id=connector_id)
    gone = [product_id for product_id, _ in there if product_id not in counted.ids]
    return catalog().delete(store_id=store_id, product_ids=gone)

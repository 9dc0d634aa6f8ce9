"""One pass over a connector's catalogue into the index: the same work in a workflow's activity and in a terminal.

A pass goes on behind the last page that an earlier one of its run has counted.

Nothing is removed before the whole pass has succeeded, so a failed sync leaves the catalogue that was there, with
what was read so far brought up to date.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.catalog.runtime import catalog
from apps.connectors import runs, set_aside
from apps.connectors.counting import Counted
from apps.connectors.linking import connect
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.base import BasePlatformConnector, DeletionFeed, Page, PlaceLostError
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.runs import SyncStoppedError


@dataclass(frozen=True)
class Progress:
    """How far a pass is; `total` is None when the platform does not say how many products it has."""

    total: int | None
    seen: int
    indexed: int


Watch = Callable[[Progress], None]  # may raise to end the pass


def run_pass(*, run_id: UUID, watch: Watch, within: float | None = None) -> bool:
    """Read page by page, index each, then remove what the platform no longer has.

    False: another pass has to go on, since `within` seconds are over, or the index has lost what an earlier pass
    brought. A platform that answers with everything at once is read to its end: every pass has to fetch it all.

    `watch` is called at the start and after each page. Raises `ConnectorError`, `CatalogError` or
    `SyncStoppedError`; the caller decides about another try and calls `runs.fail` when there is none.
    """
    run = runs.take_up(run_id=run_id)
    connector = run.connector
    counted = Counted(run)
    try:
        with connect(connector) as platform:
            since = _since(run, counted, platform)
            if not _read_and_index(run, counted, platform, since, watch, within):
                runs.update(run, tries=0)
                return False
            removed = _remove_all_else(run, counted) if since is None else _remove_told(run, platform, since)
        if since is None:
            if _is_lost(run, counted):
                runs.update(run, after="")
                return False
            set_aside.forget_unseen(run)
        runs.update(run, **counted.reached(), removed=removed, error_code="", error_text="")
        runs.end(run)
    except SyncStoppedError:
        if runs.products_must_go(connector_id=connector.pk):
            # It was deleted while a page was on its way into the index.
            catalog().delete_connector(store_id=str(connector.store_id), connector_id=str(connector.pk))
        raise
    except Exception:
        runs.update(run)  # raises SyncStoppedError: what befalls a pass that is no longer the latest is no failure
        raise
    return True


def _since(run: SyncRun, counted: Counted, platform: BasePlatformConnector) -> datetime | None:
    """From when on changes are read; None: everything is.

    Changes are not enough where the platform does not tell them, where nothing was read before with these
    settings, when no schedule's sync has read everything for long, or when the index has lost what was read.
    """
    connector = run.connector
    if run.mode == SyncRun.Mode.FULL:
        return None
    begun = bool(run.seen or run.after)
    all_is_due = not begun and (runs.full_is_due(run) or _indexed(run) == 0)
    if platform.whole_at_once or connector.synced_until is None or all_is_due:
        if begun:
            counted.begin_anew()
        runs.update(run, mode=SyncRun.Mode.FULL, after="")
        return None
    return connector.synced_until


def _read_and_index(
    run: SyncRun,
    counted: Counted,
    platform: BasePlatformConnector,
    since: datetime | None,
    watch: Watch,
    within: float | None,
) -> bool:
    """Whether all was read."""
    ends = None if within is None or platform.whole_at_once else time.monotonic() + within
    runs.update(run, total=platform.count() if since is None else None)
    watch(Progress(run.total, counted.seen + counted.rejected, counted.indexed))
    for page in _pages(run, counted, platform, since):
        _index(run, counted, platform, page)
        watch(Progress(run.total, counted.seen + counted.rejected, counted.indexed))
        if ends is not None and time.monotonic() >= ends:
            return False
    _index(run, counted, platform, Page([], run.after))
    return True


def _pages(
    run: SyncRun, counted: Counted, platform: BasePlatformConnector, since: datetime | None
) -> Iterator[Page]:
    try:
        yield from platform.iter_pages(since, run.after)
    except PlaceLostError:
        counted.begin_anew()
        yield from platform.iter_pages(since)


def _index(run: SyncRun, counted: Counted, platform: BasePlatformConnector, page: Page) -> None:
    """A page into the index and onto the run, with what the platform refused until here."""
    products = page.products
    report = catalog().index(store_id=str(run.connector.store_id), products=products, sync_run=str(run.pk))
    refused = [
        *set_aside.by_platform(platform.rejected),
        *set_aside.by_index(report.rejected, products, prefix=run.connector.product_prefix),
    ]
    texts = [*platform.rejected, *report.rejected]
    platform.rejected.clear()
    counted.page(products, report, texts, received=platform.http.received)
    further: dict[str, Any] = {"after": ""}
    if counted.is_exact:  # what stood in the way stands there no more
        further = {"after": page.after, "tries": 1, "failures": 0, "error_code": "", "error_text": ""}
    with transaction.atomic():  # what is counted is never read again
        runs.update(run, **counted.shown(), **further)
        set_aside.note(run, read=products, refused=refused)


def _remove_all_else(run: SyncRun, counted: Counted) -> int:
    """After everything was read."""
    connector = run.connector
    store_id, connector_id = str(connector.store_id), str(connector.pk)
    there = _indexed(run)
    if counted.seen == 0 and there > 0:
        raise ConnectorError(
            "empty_catalogue",
            f"{connector.name} answered with no products at all, so the {there} that are here stay. "
            "If the store is really empty, delete the connector.",
        )
    if min(counted.rejected, there - counted.seen) > counted.seen:
        raise ConnectorError(
            "mostly_unreadable",
            f"{counted.rejected} products of {connector.name} cannot be read, so the {there - counted.seen} "
            "that were not met stay in the catalogue. The products that were set aside tell why.",
        )
    removed = catalog().remove_stale(store_id=store_id, connector_id=connector_id, sync_run=str(run.pk))
    if counted.ids is not None:  # an earlier pass has marked products that the platform has deleted since
        marked = catalog().writers(store_id=store_id, connector_id=connector_id)
        gone = [product_id for product_id, _ in marked if product_id not in counted.ids]
        removed += catalog().delete(store_id=store_id, product_ids=gone)
    return removed


def _is_lost(run: SyncRun, counted: Counted) -> bool:
    """Whether the index has less than what this run brought: it was made anew between two passes, say."""
    return run.passes > 1 and counted.is_exact and _indexed(run) < counted.seen


def _indexed(run: SyncRun) -> int:
    """How many products of the connector the index has."""
    return catalog().count(store_id=str(run.connector.store_id), connector_id=str(run.connector_id))


def _remove_told(run: SyncRun, platform: BasePlatformConnector, since: datetime) -> int:
    """After changes were read: what the platform says has left."""
    if not isinstance(platform, DeletionFeed):
        return 0
    return sum(remove_own(run.connector, gone) for gone in platform.deleted_since(since))


def remove_own(connector: ConnectorConfig, product_ids: Sequence[str]) -> int:
    """Take those of the products out of the index that are this connector's."""
    store_id = str(connector.store_id)
    own = [
        product.product_id
        for product in catalog().get(store_id=store_id, product_ids=product_ids)
        if product.connector_id == str(connector.pk)
    ]
    return catalog().delete(store_id=store_id, product_ids=own)

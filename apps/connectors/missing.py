""" "Why is this product missing?": where a product is on its way from the platform to the index."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from apps.accounts.workflow_state import ago
from apps.catalog.engine.acceptance import accepted
from apps.catalog.engine.queries import IndexReport
from apps.catalog.product import Product
from apps.catalog.runtime import catalog
from apps.connectors.linking import connect
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.base import BasePlatformConnector, Withholding
from apps.connectors.platforms.foreign import whose
from apps.connectors.proof import Watch


class Place(StrEnum):
    """Where a product got to."""

    INDEXED = "indexed"
    OUTDATED = "outdated"  # the index has it as it was
    NOT_SYNCED = "not_synced"  # no sync has brought it yet
    SET_ASIDE = "set_aside"  # it cannot be indexed
    LEAVING = "leaving"  # the index has it, the platform no longer
    HIDDEN = "hidden"  # the platform does not show it to its visitors
    NOT_READ = "not_read"  # the platform has no such product
    UNKNOWN = "unknown"  # there was no time to read on


@dataclass(frozen=True)
class Answer:
    """`text` is for the merchant; `title` is empty where nobody has such a product."""

    place: Place
    text: str
    title: str = ""


def why_missing(
    connector: ConnectorConfig,
    wanted: str,
    *,
    watch: Watch = lambda done, total: None,
    within: float | None = None,
) -> Answer:
    """Where the product with this number is: the platform's id, ours, or the merchant's own number (SKU).

    Reads the source until the product comes, for `within` seconds at most. Raises `ConnectorError` or
    `CatalogError`.
    """
    wanted = wanted.strip()
    prefix = connector.product_prefix
    names = [wanted, f"{prefix}{wanted}"]
    there = catalog().get(store_id=str(connector.store_id), product_ids=names)
    indexed = next((product for product in there if product.connector_id == str(connector.pk)), None)
    if indexed is not None:
        names.append(indexed.product_id)
    ends = None if within is None else time.monotonic() + within
    with connect(connector) as platform:
        hidden = _hidden(platform, indexed.product_id if indexed else f"{prefix}{wanted}")
        if hidden:
            leaving = " It leaves the catalogue with the next full sync." if indexed else ""
            return Answer(Place.HIDDEN, f"{hidden}{leaving}", indexed.title if indexed else "")
        total, done = platform.count(), 0
        watch(done, total)
        for page in platform.iter_products():
            found = next((product for product in page if _is(product, names)), None)
            if found is not None:
                return _of_a_product(connector, found)
            reason = _reason(platform.rejected, wanted)
            if reason:
                return Answer(Place.SET_ASIDE, reason)
            platform.rejected.clear()
            done += len(page)
            watch(done, total)
            if ends is not None and time.monotonic() > ends:
                return Answer(Place.UNKNOWN, f"It is none of the first {done} products. The rest was not read.")
        reason = _reason(platform.rejected, wanted)
    if reason:
        return Answer(Place.SET_ASIDE, reason)
    if indexed is not None:
        return Answer(
            Place.LEAVING,
            "The platform no longer has it, or no longer shows it. It leaves with the next full sync.",
            indexed.title,
        )
    return Answer(Place.NOT_READ, "The platform shows no product of this number.")


def _of_a_product(connector: ConnectorConfig, product: Product) -> Answer:
    report = IndexReport()
    fit = accepted([product], report)
    if report.rejected:
        return Answer(Place.SET_ASIDE, report.rejected[0], product.title)
    [fitting] = fit.values()
    indexed = catalog().get(store_id=str(connector.store_id), product_ids=[product.product_id])
    if not indexed:
        return Answer(Place.NOT_SYNCED, f"The platform has it. {_last_sync(connector)}", product.title)
    if indexed[0].content_hash() != fitting.content_hash():
        text = f"It is in the catalogue as it was before it changed. {_last_sync(connector)}"
        return Answer(Place.OUTDATED, text, product.title)
    stock = "" if product.in_stock else " It is out of stock, so answers for what is in stock leave it out."
    return Answer(Place.INDEXED, f"It is in the catalogue as the platform has it.{stock}", product.title)


def _last_sync(connector: ConnectorConfig) -> str:
    """What became of the latest sync, which has not brought the product as it is now."""
    run = connector.runs.first()
    if run is None:
        return "No sync has run yet."
    if run.state == SyncRun.State.WAITING:
        return "A sync waits to start."
    if run.is_open:
        return "A sync is under way."
    if run.state == SyncRun.State.SUCCEEDED and run.finished_at is not None:
        return f"It came after the last sync, {ago(run.finished_at)} ago."
    return f"The last sync did not reach its end. {run.error_text}".strip()


def _hidden(platform: BasePlatformConnector, product_id: str) -> str:
    return platform.withheld(product_id) if isinstance(platform, Withholding) else ""


def _is(product: Product, names: list[str]) -> bool:
    numbers = (product.product_id, product.sku, *(variant.sku for variant in product.variants))
    return any(number in names for number in numbers if number)


def _reason(rejected: list[str], wanted: str) -> str:
    """Why the platform's product of this number was left out."""
    told = (reason for reason in rejected if whose(reason)[0] == wanted[:40])
    return next(told, "")

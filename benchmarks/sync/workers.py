"""Unchanged syncs of six connectors by one worker and by three, each doing one thing at a time.

The shop takes 50 ms for a page of 100. Workers are ready before the syncs are asked for.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.report import Report
from benchmarks.sync.site import is_over, request, site, until

if TYPE_CHECKING:
    from apps.connectors.models import ConnectorConfig

CONNECTORS = 6
PRODUCTS = 1_000
ROUNDS = 3
_PAGE_S = 0.05


def main() -> None:
    report = Report("sync-workers")
    with site(size=PRODUCTS, page_s=_PAGE_S) as place:
        connectors = [place.connector() for _ in range(CONNECTORS)]
        place.start_worker("--concurrency", "1")
        _synced(connectors)  # the first time everything is new
        alone = [_synced(connectors) for _ in range(ROUNDS)]
        for _ in range(2):
            place.start_worker("--concurrency", "1")
        _synced(connectors)  # a worker reads its model at its first sync
        together = [_synced(connectors) for _ in range(ROUNDS)]
        report.add("six unchanged syncs, one worker", alone, unit="s")
        report.add("six unchanged syncs, three workers", together, unit="s")
        ratios = [one / three for one, three in zip(alone, together, strict=True)]
        report.add("one worker / three workers", ratios, unit="x", bar=2, side="at least")
    report.finish()


def _synced(connectors: list[ConnectorConfig]) -> float:
    """Seconds until all of them are synced."""
    began = time.perf_counter()
    runs = [request(connector) for connector in connectors]
    until(lambda: all(is_over(run) for run in runs))
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

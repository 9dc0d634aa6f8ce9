"""A sync whose workers are killed again and again: the index must equal its source, and little be done twice.

Each worker is a `manage.py temporal_worker`, killed with SIGKILL at a random moment after it began to read. Three
(`BENCH_KILLS`) take a minute, since a lost worker is noticed after the heartbeat timeout.
"""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

from benchmarks.report import Report
from benchmarks.sync.site import Site, differences, is_over, request, site, until

if TYPE_CHECKING:
    from apps.connectors.models import SyncRun

KILLS = int(os.environ.get("BENCH_KILLS", "20"))
PRODUCTS = 2_000
_LONGEST_WORK_S = 1.4  # it reads its model first, and then a page in less than a second


def main() -> None:
    report = Report("sync-killed")
    chance = random.Random(6)  # noqa: S311 - a moment, not a secret
    with site(size=PRODUCTS) as place:
        connector = place.connector()
        run = request(connector)
        again: list[int] = []
        while len(again) < KILLS and not is_over(run):
            again.append(_killed(place, run, chance.uniform(0, _LONGEST_WORK_S)))
        asked = len(place.asked_pages())
        place.start_worker()
        until(lambda: is_over(run))
        report.add("workers killed in the middle of the sync", [len(again)], unit="", bar=KILLS, side="at least")
        again = [*again[1:], _repeated(place, asked)]
        report.add("pages read again after a kill", again, unit="", at="max", bar=1)
        report.add("products that differ from the source afterwards", [differences(connector)], unit="", bar=0)
    report.finish()


def _killed(place: Site, run: SyncRun, after: float) -> int:
    """Start a worker, let it read for so long, and kill it. Returns how many pages it read again."""
    asked = len(place.asked_pages())
    worker = place.start_worker()
    until(lambda: len(place.asked_pages()) > asked or is_over(run))
    time.sleep(after)
    worker.kill()
    worker.wait()
    repeated = _repeated(place, asked)
    print(f"killed after {after:.1f} s of work; pages: {place.asked_pages()[asked:]}", flush=True)
    return repeated


def _repeated(place: Site, asked: int) -> int:
    """How many of the pages that were asked for since then had been asked for before."""
    pages = place.asked_pages()
    return len(set(pages[asked:]) & set(pages[:asked]))


if __name__ == "__main__":
    main()

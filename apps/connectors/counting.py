"""What a pass has read and indexed, and what its run shows of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.catalog.engine.queries import IndexReport
from apps.catalog.product import Product
from apps.connectors.models import SyncRun

KEPT_NOTES = 20


class Counted:
    """Goes on from what the run has counted, when it also knows its place.

    Otherwise it counts anew, and the run shows no less than an earlier pass had reached, until this one is
    further: the products of that pass are in the index, and those it wrote still count as written by this run.
    """

    def __init__(self, run: SyncRun) -> None:
        self._earlier = {name: getattr(run, name) for name in ("seen", "rejected", "added", "changed", "bytes")}
        self.seen, self.rejected = run.seen, run.rejected
        self.added, self.changed = run.added, run.changed
        self.bytes = run.bytes
        self.notes: list[str] = list(run.notes)
        self.ids: set[str] | None = None  # of what was read; kept where an earlier pass read and lost its place
        if not run.after and (run.seen or run.rejected):
            self.begin_anew()

    def begin_anew(self) -> None:
        self.seen = self.rejected = self.added = self.changed = 0
        self.notes = []
        self.ids = set()

    @property
    def is_exact(self) -> bool:
        """Whether all that this run has marked in the index stands before the page that was read last."""
        return self.ids is None

    @property
    def indexed(self) -> int:
        return self.added + self.changed

    def page(
        self, products: Sequence[Product], report: IndexReport, refused: Sequence[str], *, received: int
    ) -> None:
        """`received` are all bytes of this pass so far."""
        if self.ids is not None:
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

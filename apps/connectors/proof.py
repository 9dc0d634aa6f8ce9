"""Proof of a sync: what the platform has and what the index has, compared product by product.

Both are read as they are now. Nothing of either is held in memory: the source goes by page by page, and what was
found of each id lies in a file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum

from apps.catalog.engine.acceptance import accepted
from apps.catalog.engine.queries import IndexReport
from apps.catalog.product import Product
from apps.catalog.runtime import catalog
from apps.connectors.linking import connect
from apps.connectors.models import ConnectorConfig

EXAMPLES = 20  # products of each kind that a comparison names
_TABLE = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE found (id TEXT PRIMARY KEY, title TEXT, finding TEXT) WITHOUT ROWID;
    CREATE INDEX by_finding ON found (finding, id);
"""


class Finding(StrEnum):
    SAME = "same"
    MISSING = "missing"
    DIFFERENT = "different"
    EXTRA = "extra"


@dataclass(frozen=True)
class Difference:
    product_id: str
    title: str


@dataclass(frozen=True)
class Comparison:
    """`set_aside`: products that the source has and nothing can read, so that the index has no right to them.

    Not `complete`: there was no time for the rest, and nobody knows yet what the index has too many.
    """

    counts: dict[Finding, int]
    examples: dict[Finding, list[Difference]] = field(default_factory=dict)
    set_aside: int = 0
    reasons: list[str] = field(default_factory=list)
    total: int | None = None
    complete: bool = True

    @property
    def read(self) -> int:
        """How many products the source has, as far as it was read."""
        return sum(count for finding, count in self.counts.items() if finding != Finding.EXTRA)

    @property
    def agrees(self) -> bool:
        return self.complete and self.differences == 0

    @property
    def differences(self) -> int:
        return sum(count for finding, count in self.counts.items() if finding != Finding.SAME)


Watch = Callable[[int, int | None], None]  # products read so far, and how many there are


def compare(
    connector: ConnectorConfig, *, watch: Watch = lambda done, total: None, within: float | None = None
) -> Comparison:
    """Read the whole source, or as much as `within` seconds allow. Raises `ConnectorError` or `CatalogError`."""
    ends = None if within is None else time.monotonic() + within
    with closing(_Ledger()) as ledger, connect(connector) as platform:
        total = platform.count()
        watch(0, total)
        refused = _Refused()
        complete = True
        for page in platform.iter_products():
            refused.add([*platform.rejected, *_compare_page(connector, page, ledger)])
            platform.rejected.clear()
            watch(ledger.count(), total)
            if ends is not None and time.monotonic() > ends:
                complete = False
                break
        if complete:
            _look_for_extra(connector, ledger)
        refused.add(platform.rejected)
        return ledger.comparison(refused=refused, total=total, complete=complete)


def _compare_page(connector: ConnectorConfig, page: list[Product], ledger: _Ledger) -> list[str]:
    """Returns why the index would refuse some of them."""
    report = IndexReport()
    fit = accepted(page, report)
    indexed = {
        product.product_id: product.content_hash()
        for product in catalog().get(store_id=str(connector.store_id), product_ids=list(fit))
    }
    for product_id, product in fit.items():
        if product_id not in indexed:
            finding = Finding.MISSING
        else:
            same = indexed[product_id] == product.content_hash()
            finding = Finding.SAME if same else Finding.DIFFERENT
        ledger.note(product, finding)
    return report.rejected


def _look_for_extra(connector: ConnectorConfig, ledger: _Ledger) -> None:
    indexed = catalog().scroll(store_id=str(connector.store_id), connector_id=str(connector.pk))
    for product in indexed:
        if not ledger.has(product.product_id):
            ledger.note(product, Finding.EXTRA)


class _Refused:
    """How many products cannot be indexed, and why the first of them cannot."""

    def __init__(self) -> None:
        self.count = 0
        self.reasons: list[str] = []

    def add(self, reasons: list[str]) -> None:
        self.count += len(reasons)
        self.reasons += reasons[: EXAMPLES - len(self.reasons)]


class _Ledger:
    """What was found of each id, in an SQLite file without a name; of an id that comes twice the later counts."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLE)
        self._database.execute("BEGIN")

    def close(self) -> None:
        self._database.close()

    def note(self, product: Product, finding: Finding) -> None:
        row = (product.product_id, product.title, finding)
        self._database.execute("INSERT OR REPLACE INTO found (id, title, finding) VALUES (?, ?, ?)", row)

    def has(self, product_id: str) -> bool:
        row = self._database.execute("SELECT 1 FROM found WHERE id = ?", (product_id,)).fetchone()
        return row is not None

    def count(self) -> int:
        found: int = self._database.execute("SELECT COUNT(*) FROM found").fetchone()[0]
        return found

    def comparison(self, *, refused: _Refused, total: int | None, complete: bool) -> Comparison:
        counts = dict(self._database.execute("SELECT finding, COUNT(*) FROM found GROUP BY finding"))
        wrong = (Finding.MISSING, Finding.DIFFERENT, Finding.EXTRA)
        return Comparison(
            counts={finding: counts.get(finding, 0) for finding in Finding},
            examples={finding: self._examples(finding) for finding in wrong},
            set_aside=refused.count,
            reasons=refused.reasons,
            total=total,
            complete=complete,
        )

    def _examples(self, finding: Finding) -> list[Difference]:
        rows = self._database.execute(
            "SELECT id, title FROM found WHERE finding = ? ORDER BY id LIMIT ?", (finding, EXAMPLES)
        )
        return [Difference(product_id, title) for product_id, title in rows]

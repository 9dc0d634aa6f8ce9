"""A whole sync of Icecat's products against a bare loop that embeds and upserts, and the same sync again.

Everything is included: the platform's answers over HTTP, the workflow on a Temporal server, the run's row, the
index. Three rounds over other 2,000 products each; each way runs in a process of its own, over one index host.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.product import Product
from apps.connectors.tests.platform_server import PlatformServer, body
from benchmarks.report import Report
from benchmarks.search.icecat import products
from tests.services.temporal import Temporal

ROUNDS = 3
PRODUCTS = 2_000
_FIELDS = ("title", "price", "description", "category", "brand", "sku", "gtins", "attributes")


@dataclass(frozen=True)
class _Place:
    """A folder with one index host, one platform and one Temporal server."""

    folder: Path
    source: PlatformServer
    temporal: Temporal

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def bare(self, some: list[Product], name: str) -> dict[str, float]:
        file = self.folder / "products.jsonl"
        file.write_text("".join(f"{product.model_dump_json()}\n" for product in some))
        cache = self.folder / f"{name}.sqlite3"
        return _run("benchmarks.search.first_index", "bare", self.index, file, cache, name, environment={})

    def sync(self, some: list[Product], name: str) -> dict[str, float]:
        self.source.products[:] = [_item(product) for product in some]
        environment = {
            "DJANGO_SETTINGS_MODULE": "eaichat.settings",
            "EAICHAT_VAR": str(self.folder / name),
            "DEMO": "1",  # so that a private address may be read
            "PUBLIC_URL": self.source.url,
            "TEMPORAL_ADDRESS": self.temporal.address,
            "TEMPORAL_TASK_QUEUE": name,
        }
        return _run("benchmarks.sync.whole_sync", self.index, environment=environment)


def main() -> None:
    report = Report("sync-throughput")
    rounds: list[tuple[dict[str, float], dict[str, float]]] = []
    with tempfile.TemporaryDirectory(prefix="bench-sync-") as name:
        folder = Path(name)
        host, source, temporal = HostProcess(folder / "index"), PlatformServer(), Temporal(folder / "temporal")
        source.answers["/empty/products"] = body(b"[]")
        place = _Place(folder, source, temporal)
        host.start()
        try:
            temporal.start()
            for number in range(ROUNDS):
                some = products()[number * PRODUCTS : (number + 1) * PRODUCTS]
                rounds.append((place.bare(some, f"bare-{number}"), place.sync(some, f"sync-{number}")))
                print(f"round {number + 1}: {rounds[-1]}", flush=True)
        finally:
            temporal.stop()
            source.close()
            host.stop()
    _add(report, rounds)
    report.finish()


def _add(report: Report, rounds: list[tuple[dict[str, float], dict[str, float]]]) -> None:
    bare = [PRODUCTS / one["seconds"] for one, _ in rounds]
    whole = [PRODUCTS / one["first"] for _, one in rounds]
    again = [one["first"] / one["again"] for _, one in rounds]
    ratio = [one / other for one, other in zip(whole, bare, strict=True)]
    report.add("bare loop in source order, batch 32", bare, unit="1/s")
    report.add("whole sync by workflow", whole, unit="1/s")
    report.add("whole sync / bare loop", ratio, unit="x", bar=1.6, side="at least")
    report.add("unchanged sync / first sync", again, unit="x", bar=20, side="at least")
    report.add("unchanged sync", [one["again"] for _, one in rounds], unit="s")
    for what, key in (("texts embedded", "embedded"), ("points written", "written")):
        report.add(f"unchanged sync: {what}", [one[key] for _, one in rounds], unit="", at="max", bar=0)
    differences = [one["differences"] for _, one in rounds]
    report.add("products that differ from the source afterwards", differences, unit="", at="max", bar=0)
    report.add("peak memory of the worker", [one["peak_mb"] for _, one in rounds], unit="MB", at="max")


def _item(product: Product) -> dict[str, Any]:
    """As the Fake Store API tells it, without a picture: nothing is fetched."""
    told = product.model_dump(mode="json", include=set(_FIELDS))
    return {"id": product.product_id, **told}


def _run(module: str, *arguments: object, environment: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found

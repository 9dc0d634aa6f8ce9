"""The first index of Icecat against a bare loop, the same products again, and a shopper's search meanwhile.

Five rounds over other 2,000 products each; with BENCH_FULL=1 one more over the whole catalogue. Each way of
indexing runs in a process of its own, and all use one index host.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.engine.models.installed import MINILM, load_embedder
from apps.catalog.product import Product
from benchmarks.report import Point, Report, Side, percentile
from benchmarks.search.icecat import embeddings, models, products

ROUNDS = 5
PRODUCTS = 2_000
_LIVE = "live"  # the store that is searched
_EVERY_S = 0.2  # 5 questions a second
_IDLE_S = 15.0


class _Judged(NamedTuple):
    unit: str
    bar: float | None = None
    side: Side = "at most"
    at: Point = "p50"


_FIGURES = {
    "bare loop in source order, batch 32": _Judged("1/s"),
    "first index": _Judged("1/s"),
    "first index / bare loop": _Judged("x", 1.8, "at least"),
    "peak memory of the indexing process": _Judged("MB", 600, at="max"),
    "unchanged again / first index": _Judged("x", 20, "at least"),
    "unchanged again: texts embedded": _Judged("", 0, at="max"),
    "unchanged again: points written": _Judged("", 0, at="max"),
    "search while idle, p95": _Judged("ms"),
    "search while indexing, p95": _Judged("ms"),
    "search p95, indexing / idle": _Judged("x", 2.0),
}


@dataclass(frozen=True)
class _Place:
    """A folder with one index host in it."""

    folder: Path

    @property
    def index(self) -> Path:
        return self.folder / "index"

    def start(self, way: str, some: list[Product], store: str) -> subprocess.Popen[str]:
        """A process that indexes these products into `store`, of which its cache of vectors knows none."""
        file = self.folder / "products.jsonl"
        file.write_text("".join(f"{product.model_dump_json()}\n" for product in some))
        arguments = [way, str(self.index), str(file), str(self.folder / f"{store}.sqlite3"), store]
        command = [sys.executable, "-m", "benchmarks.search.first_index", *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command

    def run(self, way: str, some: list[Product], store: str) -> dict[str, float]:
        return _result(self.start(way, some, store))


def main() -> None:
    report = Report("search-indexing")
    rounds: dict[str, list[float]] = {what: [] for what in _FIGURES}
    with tempfile.TemporaryDirectory(prefix="bench-indexing-") as name:
        place = _Place(Path(name))
        host = HostProcess(place.index)
        host.start()
        try:
            ask = _shopper(place)
            for number in range(ROUNDS):
                some = products()[number * PRODUCTS : (number + 1) * PRODUCTS]
                found = _throughput(place, some, str(number)) | _search(place, some, str(number), ask)
                for what, value in found.items():
                    rounds[what].append(value)
                print(
                    f"round {number + 1}: { ({what: round(value, 2) for what, value in found.items()}) }",
                    flush=True,
                )
            if os.environ.get("BENCH_FULL"):
                for what, value in _throughput(place, products(), "full").items():
                    report.add(f"whole catalogue: {what}", [value], unit=_FIGURES[what].unit)
        finally:
            host.stop()
    for what, judged in _FIGURES.items():
        report.add(what, rounds[what], unit=judged.unit, bar=judged.bar, side=judged.side, at=judged.at)
    report.finish()


def _throughput(place: _Place, some: list[Product], round_: str) -> dict[str, float]:
    bare = place.run("bare", some, f"bare-{round_}")
    ours = place.run("ours", some, f"ours-{round_}")
    return {
        "bare loop in source order, batch 32": len(some) / bare["seconds"],
        "first index": len(some) / ours["seconds"],
        "first index / bare loop": bare["seconds"] / ours["seconds"],
        "peak memory of the indexing process": ours["peak_mb"],
        "unchanged again / first index": ours["seconds"] / ours["again"],
        "unchanged again: texts embedded": ours["embedded"],
        "unchanged again: points written": ours["written"],
    }


def _search(place: _Place, some: list[Product], round_: str, ask: Callable[[], float]) -> dict[str, float]:
    ends = time.monotonic() + _IDLE_S
    idle = percentile(_asked(ask, lambda: time.monotonic() < ends), "p95")
    indexing = place.start("ours", some, f"meanwhile-{round_}")
    busy = percentile(_asked(ask, lambda: indexing.poll() is None), "p95")
    _result(indexing)
    return {
        "search while idle, p95": idle,
        "search while indexing, p95": busy,
        "search p95, indexing / idle": busy / idle,
    }


def _asked(ask: Callable[[], float], goes_on: Callable[[], bool]) -> list[float]:
    """Milliseconds of each question, at five a second."""
    took: list[float] = []
    following = time.monotonic()
    while goes_on():
        took.append(ask())
        following += _EVERY_S
        time.sleep(max(0.0, following - time.monotonic()))
    return took


def _shopper(place: _Place) -> Callable[[], float]:
    """Asks a store of as many products for a thing that nobody asked for before; milliseconds until its hits."""
    Catalog(embeddings=embeddings(), backend=HostClient(place.index)).index(
        store_id=_LIVE, products=products()[-PRODUCTS:], sync_run="live"
    )
    # As a web process has it: one thread, and no cache, which is for documents.
    service = EmbeddingService(lambda: load_embedder(models(), MINILM, threads=1))
    catalog = Catalog(embeddings=service, backend=HostClient(place.index))
    chance = random.Random(1)  # noqa: S311 - which question, not a secret
    titles = [product.title.split() for product in products()]

    def ask() -> float:
        words = [word for title in chance.sample(titles, 2) for word in title[:2]]
        began = time.perf_counter()
        query = catalog.parse(store_id=_LIVE, text=" ".join(words))
        catalog.search(store_id=_LIVE, query=query)
        return (time.perf_counter() - began) * 1000

    for _ in range(20):
        ask()
    return ask


def _result(indexing: subprocess.Popen[str]) -> dict[str, float]:
    said, _ = indexing.communicate()
    assert indexing.returncode == 0, f"indexing ended with {indexing.returncode}"
    found: dict[str, float] = json.loads(said.splitlines()[-1])
    return found

"""A hybrid query with three filters through the host process, and how late it makes the event loop of who asks."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from apps.catalog.engine.adapters.edge_filter import to_filter
from apps.catalog.engine.embedding import EmbeddingService, to_bytes
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Between, Equals, Where
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.lexical import query_vector
from apps.catalog.product import Product
from benchmarks.report import Report, percentile
from benchmarks.search.icecat import STORE, Indexed, indexed
from eaichat.turns import take_short_turns

_ROUNDS = 7
_QUERIES = 80
_LIMIT = 10
_CANDIDATES = 100
_TICK_S = 0.001
_IDLE_S = 3.0
_BUSY_S = 10.0
_OPTIMISE_S = 600.0


@dataclass(frozen=True)
class Question:
    """What nobody has asked before, so that no vector of it is remembered."""

    text: str
    price_max: float
    brand: str

    @property
    def where(self) -> Where:
        return (Between("price", lte=self.price_max), Equals("in_stock", 1), Equals("brand_key", self.brand))

    @property
    def query(self) -> SearchQuery:
        return SearchQuery(
            text=self.text, price_max=self.price_max, in_stock=True, brands=[self.brand], limit=_LIMIT
        )


class Questions:
    def __init__(self, products: list[Product], brands: list[str]) -> None:
        self._random = random.Random(5)  # noqa: S311 - the same questions in every run
        self._products = products
        self._brands = brands
        self._asked = 0

    def next(self) -> Question:
        self._asked += 1
        words = self._random.choice(self._products).title.split()
        text = " ".join(self._random.sample(words, min(3, len(words))))
        return Question(
            text=f"{text} {self._asked}",
            price_max=self._random.choice([50.0, 200.0, 1_000.0]),
            brand=self._random.choice(self._brands),
        )


class RawShard:
    """The same index in this process, asked without anything of ours: one call of Edge fuses both rankings."""

    def __init__(self, index: Indexed, copy: Path) -> None:
        pointer = next(
            path for path in index.directory.rglob("current") if path.parent.name.startswith("products")
        )
        shutil.copytree(pointer.parent / pointer.read_text().strip(), copy)
        self._shard = edge.EdgeShard.load(str(copy))

    def ask(self, question: Question, vector: list[float]) -> None:
        store = (Equals("store_id", STORE),)
        where = to_filter((*store, *question.where))
        words = query_vector(question.text)
        assert words is not None
        sparse = edge.Query.Nearest(edge.SparseVector(words.indices, words.values), using="lexical")
        params = edge.SearchParams(idf=edge.IdfParams(corpus=to_filter(store)))
        prefetches = [
            edge.Prefetch(query=edge.Query.Nearest(vector, using="text"), limit=_CANDIDATES, filter=where),
            edge.Prefetch(query=sparse, limit=_CANDIDATES, filter=where, params=params),
        ]
        fusion: Any = edge.Fusion.Rrf(2)
        self._shard.query(edge.QueryRequest(prefetches=prefetches, query=fusion, limit=_LIMIT, with_payload=True))

    def close(self) -> None:
        self._shard.close()


def main() -> None:
    report = Report("search-latency")
    index = indexed()
    brands = index.catalog.vectors.facet(store_id=STORE, field="brand_key", limit=12)
    questions = Questions(index.products, [brand for brand, _ in brands])
    with tempfile.TemporaryDirectory(prefix="bench-raw-") as folder:
        raw = RawShard(index, Path(folder) / "shard")
        _latency(report, index, raw, questions)
        raw.close()
    report.finish()
    asyncio.run(_ticks(report, index, questions))
    report.finish()


def _latency(report: Report, index: Indexed, raw: RawShard, questions: Questions) -> None:
    embeddings, vectors = index.catalog.embeddings, index.catalog.vectors
    times: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {"hybrid": [], "search": []}
    for _ in range(_ROUNDS):
        asked: dict[str, list[float]] = {"raw": [], "hybrid": [], "search": []}
        for _ in range(_QUERIES):
            ways: list[tuple[str, Callable[[Question], object]]] = [
                ("raw", lambda question: raw.ask(question, embeddings.query(question.text).tolist())),
                ("hybrid", lambda question: _hybrid(embeddings, vectors, question)),
                ("search", lambda question: index.catalog.search(store_id=STORE, query=question.query)),
            ]
            random.shuffle(ways)
            for name, ask in ways:
                question = questions.next()
                began = time.perf_counter()
                ask(question)
                asked[name].append((time.perf_counter() - began) * 1_000)
        for name, took in asked.items():
            times.setdefault(name, []).append(percentile(took, "p95"))
        for name, of in ratios.items():
            of.append(times[name][-1] / times["raw"][-1])
    report.add("p95 of one embedding + one raw query of Edge in this process", times["raw"], unit="ms")
    report.add("p95 of one embedding + the same through the host", times["hybrid"], unit="ms")
    report.add("p95 of a whole search with these limits", times["search"], unit="ms")
    report.add("through the host against raw", ratios["hybrid"], unit="x", bar=1.5, aim=1.2)
    report.add("a whole search against raw", ratios["search"], unit="x", bar=1.5, aim=1.2)


def _hybrid(embeddings: EmbeddingService, vectors: VectorService, question: Question) -> None:
    vectors.hybrid(
        store_id=STORE,
        where=question.where,
        dense=to_bytes(embeddings.query(question.text)),
        sparse=query_vector(question.text),
        limit=_LIMIT,
        candidates=_CANDIDATES,
    )


async def _ticks(report: Report, index: Indexed, questions: Questions) -> None:
    """How late a loop of 1 ms ticks is: idle, while a thread of its process searches, and during `optimize`."""
    take_short_turns()  # as a web process does
    idle = await _late(asyncio.sleep(_IDLE_S))
    busy = await _late(_searching(index, questions, lambda: False, _BUSY_S))
    vectors = index.catalog.vectors
    # A new sync run on every product: they all move into a segment that is not optimised yet.
    vectors.backend.set_payload(vectors.active(), (Equals("store_id", STORE),), {"sync_run": "bench-again"})
    optimising = await _late(_searching(index, questions, lambda: vectors.health().state.optimised, _OPTIMISE_S))
    assert vectors.health().state.optimised, "the index was not optimised in time"
    report.add("p99 of the loop's lateness, idle", [percentile(idle, "p99")], unit="ms")
    report.add("p99 of the loop's lateness while searching", [percentile(busy, "p99")], unit="ms", bar=3.0)
    report.add("p99 of the loop's lateness during optimize", [percentile(optimising, "p99")], unit="ms", bar=30.0)
    report.add("most of the loop's lateness during optimize", [max(optimising)], unit="ms")


async def _searching(index: Indexed, questions: Questions, done: Callable[[], bool], most_s: float) -> None:
    end = time.monotonic() + most_s
    while time.monotonic() < end:
        query = questions.next().query
        await asyncio.to_thread(index.catalog.search, store_id=STORE, query=query)
        if await asyncio.to_thread(done):
            return


async def _late(work: Awaitable[None]) -> list[float]:
    """Milliseconds by which each tick was late while `work` went on."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(_TICK_S)
            late.append((time.perf_counter() - began - _TICK_S) * 1_000)

    ticking = asyncio.create_task(tick())
    await work
    ticking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticking
    return late

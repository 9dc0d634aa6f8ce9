"""Our search beside plain BM25 and plain vectors, over the same products, questions and judgements."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, to_bytes
from apps.catalog.engine.evaluation.bm25 import PlainBM25
from apps.catalog.engine.evaluation.interchange import Entry, Judgements
from apps.catalog.engine.evaluation.metrics import Scores, evaluate
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess

_STORE = "evaluation"
_BATCH = 512
# How deep a ranking is looked at, and what a shopper sees of it at once.
_DEPTH = 1000
_PAGE = 10
# A thousand whole products, while the index is still being optimised on a busy machine.
_PATIENCE_S = 60.0

Progress = Callable[[str, int, int], None]
Rankings = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`scores` by ranker; `latencies_ms` of our search, for one page: its parse, its embedding, its query."""

    scores: Mapping[str, Scores]
    latencies_ms: Sequence[float]

    def latency(self, percent: int) -> float:
        """The time within which so many percent of the first pages came."""
        ordered = sorted(self.latencies_ms)
        return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


@contextmanager
def temporary_catalog(embeddings: EmbeddingService) -> Iterator[Catalog]:
    """An empty catalogue with an index host of its own; both are gone afterwards, whatever ends the block."""
    with tempfile.TemporaryDirectory(prefix="eaichat-evaluation-") as folder:
        host = HostProcess(Path(folder))
        try:
            host.start()
            yield Catalog(embeddings=embeddings, backend=HostClient(Path(folder), read_timeout=_PATIENCE_S))
        finally:
            host.stop()


def fill(catalog: Catalog, entries: Sequence[Entry], progress: Progress) -> list[str]:
    """Indexes the products; returns why some could not be, which only BM25 finds then."""
    rejected: list[str] = []
    for start in range(0, len(entries), _BATCH):
        products = [entry.product for entry in entries[start : start + _BATCH]]
        rejected += catalog.index(store_id=_STORE, products=products, sync_run=_STORE).rejected
        progress("Indexing", min(start + _BATCH, len(entries)), len(entries))
    return rejected


def compare(
    catalog: Catalog,
    entries: Sequence[Entry],
    queries: Mapping[str, str],
    judgements: Judgements,
    progress: Progress,
) -> Comparison:
    """Ranks with each of the three. ValueError: no query has a right answer.

    nDCG@10 and coverage of our search are those of the page that a shopper gets, which ends at the relevance
    floor. The judged-only nDCG and the recall look at its ranking deeper than that, as with the other two.
    """
    dense: dict[str, list[str]] = {}
    pages: dict[str, list[str]] = {}
    deep: dict[str, list[str]] = {}
    latencies: list[float] = []
    _page(catalog, next(iter(queries.values()), ""))  # what is loaded once is not the first query's
    for number, (id_, text) in enumerate(queries.items(), start=1):
        began = time.perf_counter()
        pages[id_] = _page(catalog, text)
        latencies.append((time.perf_counter() - began) * 1000)
        deep[id_] = list(dict.fromkeys([*pages[id_], *_deep(catalog, text)]))
        dense[id_] = _nearest(catalog, text)
        progress("Searching", number, len(queries))
    shown, ranked = evaluate(pages, judgements), evaluate(deep, judgements)
    scores = {
        "bm25": evaluate(_plain(entries, queries), judgements),
        "dense": evaluate(dense, judgements),
        "hybrid": replace(ranked, ndcg=shown.ndcg, coverage=shown.coverage),
    }
    return Comparison(scores=scores, latencies_ms=latencies)


def _plain(entries: Sequence[Entry], queries: Mapping[str, str]) -> Rankings:
    index = PlainBM25(entry.plain_text for entry in entries)
    return {
        id_: [entries[place].product.product_id for place in index.search(text, _DEPTH)]
        for id_, text in queries.items()
    }


def _nearest(catalog: Catalog, text: str) -> list[str]:
    """The question's cosines, and nothing else."""
    vector = to_bytes(catalog.embeddings.query(text))
    matches = catalog.vectors.hybrid(
        store_id=_STORE, where=(), dense=vector, sparse=None, limit=_DEPTH, candidates=_DEPTH
    )
    return [str(match.payload["product_id"]) for match in matches]


def _page(catalog: Catalog, text: str) -> list[str]:
    """What a shopper gets who types this."""
    query = catalog.parse(store_id=_STORE, text=text).model_copy(update={"limit": _PAGE})
    return [hit.product.product_id for hit in catalog.search(store_id=_STORE, query=query).hits]


def _deep(catalog: Catalog, text: str) -> list[str]:
    return catalog.ranking(store_id=_STORE, query=catalog.parse(store_id=_STORE, text=text), depth=_DEPTH)

"""nDCG@10 on the judged Icecat queries: our search beside plain BM25 and plain vectors, in the same run.

The rankings are the same in every round, so there is one.
"""

from __future__ import annotations

import time

from apps.catalog.engine.evaluation.comparison import compare, fill, temporary_catalog
from apps.catalog.engine.evaluation.interchange import read_catalogue, read_judgements, read_queries
from benchmarks.report import Report
from benchmarks.search.icecat import FOLDER, embeddings


def main() -> None:
    entries = list(read_catalogue(FOLDER / "products.jsonl.gz"))
    queries, judgements = read_queries(FOLDER / "queries.tsv"), read_judgements(FOLDER / "qrels.tsv")
    began = time.monotonic()
    with temporary_catalog(embeddings()) as catalog:
        fill(catalog, entries, _silent)
        found = compare(catalog, entries, queries, judgements, _silent)
    print(f"{len(entries)} products, {len(queries)} queries in {time.monotonic() - began:.0f} s")
    report = Report("search.quality")
    for name, scores in found.scores.items():
        for metric, value in scores.as_json().items():
            if (name, metric) != ("hybrid", "ndcg@10_judged"):
                report.add(f"{name}: {metric}", [value], unit="")
    plain, dense, hybrid = (found.scores[name].ndcg for name in ("bm25", "dense", "hybrid"))
    report.add("hybrid: nDCG@10 beside BM25's", [hybrid / plain], unit="x", bar=1.10, aim=1.15, side="at least")
    report.add("hybrid: nDCG@10 beside the vectors'", [hybrid / dense], unit="x", bar=1.0, side="at least")
    judged = found.scores["hybrid"].ndcg_judged
    report.add("hybrid: nDCG@10, judged only", [judged], unit="", bar=0.90, aim=0.93, side="at least")
    report.add("a page, parse and search", found.latencies_ms, unit="ms")
    report.finish()


def _silent(what: str, done: int, total: int) -> None:
    """A benchmark prints its table alone."""

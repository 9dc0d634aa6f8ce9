"""Making and opening a shard of Qdrant Edge, which is searched by one thread.

By itself it takes eight, and those that find nothing to do look around for a while before they sleep: a query then
costs two to four times the processor time, and is no sooner done, since a shard has a handful of segments.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import qdrant_edge as edge

from apps.catalog.engine.records import CollectionSpec

SEARCH_THREADS = 1
_CONFIG = "edge_config.json"
_THREADS = "max_search_threads"


def create(path: Path, spec: CollectionSpec, *, indexing_threshold_kb: int | None) -> edge.EdgeShard:
    """An empty one in `path`, which exists. `indexing_threshold_kb`: None leaves that to Edge."""
    sizes = {"text": spec.dense_size, "image": spec.image_size}
    config = edge.EdgeConfig(
        vectors={
            vector: edge.EdgeVectorParams(size=size, distance=edge.Distance.Cosine)
            for vector, size in sizes.items()
            if size is not None
        },
        sparse_vectors={"lexical": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)}
        if spec.lexical
        else None,
        optimizers=edge.EdgeOptimizersConfig(indexing_threshold=indexing_threshold_kb),
        max_search_threads=SEARCH_THREADS,
    )
    return edge.EdgeShard.create(str(path), config)


def load(path: Path) -> edge.EdgeShard:
    """The one in `path`, also one that an earlier version made with Edge's own number of threads."""
    with suppress(OSError, ValueError):  # Edge itself says what is wrong with its files
        _limit_threads(path / _CONFIG)
    return edge.EdgeShard.load(str(path))


def _limit_threads(file: Path) -> None:
    config = json.loads(file.read_text())
    if config.get(_THREADS) != SEARCH_THREADS:
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps({**config, _THREADS: SEARCH_THREADS}))
        fresh.replace(file)

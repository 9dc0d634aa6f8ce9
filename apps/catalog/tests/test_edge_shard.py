"""One thread searches a shard: more of them cost the processor time that the web processes need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import qdrant_edge as edge

from apps.catalog.engine.adapters import edge_shard
from apps.catalog.engine.records import CollectionSpec

SPEC = CollectionSpec(name="products", dense_size=4, lexical=False)


def searchers() -> set[str]:
    """The threads of this process that search shards, by their ids."""
    tasks = Path("/proc/self/task").iterdir()
    return {task.name for task in tasks if (task / "comm").read_text().startswith("edge-search")}


def new_one(path: Path) -> edge.EdgeShard:
    return edge_shard.create(path, SPEC, indexing_threshold_kb=None)


def one_of_an_earlier_version(path: Path) -> edge.EdgeShard:
    vectors = {"text": edge.EdgeVectorParams(size=SPEC.dense_size, distance=edge.Distance.Cosine)}
    edge.EdgeShard.create(str(path), edge.EdgeConfig(vectors=vectors)).close()
    return edge_shard.load(path)


@pytest.mark.parametrize("made", [new_one, one_of_an_earlier_version])
def test_one_thread_searches_a_shard(tmp_path: Path, made: Callable[[Path], edge.EdgeShard]) -> None:
    before = searchers()
    shard = made(tmp_path)
    point = edge.Point("00000000-0000-0000-0000-000000000001", {"text": [1.0, 0.0, 0.0, 0.0]}, {})
    shard.update(edge.UpdateOperation.upsert_points([point]))
    query = edge.Query.Nearest([1.0, 0.0, 0.0, 0.0], using="text")
    assert len(shard.query(edge.QueryRequest(limit=1, query=query))) == 1
    assert len(searchers() - before) == 1
    shard.close()

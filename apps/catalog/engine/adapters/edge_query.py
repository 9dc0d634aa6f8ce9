"""Our queries and points in Qdrant Edge's words."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge

from apps.catalog.engine.adapters.edge_filter import to_filter
from apps.catalog.engine.embedding import from_bytes
from apps.catalog.engine.records import Nearest, Point, Sparse


def to_query(nearest: Nearest) -> Any:
    if isinstance(nearest.vector, Sparse):
        query = edge.Query.Nearest(_sparse(nearest.vector), using=nearest.channel)
        params = edge.SearchParams(idf=edge.IdfParams(corpus=to_filter(nearest.scope)))
    else:
        query = edge.Query.Nearest(from_bytes(nearest.vector), using=nearest.channel)
        params = None
    return edge.QueryRequest(limit=nearest.limit, query=query, filter=to_filter(nearest.where), params=params)


def to_point(point: Point) -> Any:
    vectors: dict[str, Any] = {"text": from_bytes(point.dense)}
    if point.image is not None:
        vectors["image"] = from_bytes(point.image)
    if point.sparse is not None:
        vectors["lexical"] = _sparse(point.sparse)
    return edge.Point(point.id, vectors, point.payload)


def _sparse(sparse: Sparse) -> Any:
    return edge.SparseVector(sparse.indices, sparse.values)

"""Our queries and points in Qdrant Edge's words."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge

from apps.catalog.engine.adapters.edge_filter import to_filter
from apps.catalog.engine.embedding import from_bytes
from apps.catalog.engine.records import HybridRequest, Point


def to_queries(request: HybridRequest) -> tuple[list[Any], bool, bool]:
    """The one or two queries of a hybrid request, and whether the dense and the lexical one are among them."""
    where = to_filter(request.where)
    queries = []
    if request.dense is not None:
        nearest = edge.Query.Nearest(from_bytes(request.dense), using="text")
        queries.append(edge.QueryRequest(limit=request.candidates, query=nearest, filter=where))
    if request.sparse is not None:
        vector = edge.SparseVector(request.sparse.indices, request.sparse.values)
        queries.append(
            edge.QueryRequest(
                limit=request.candidates,
                query=edge.Query.Nearest(vector, using="lexical"),
                filter=where,
                params=edge.SearchParams(idf=edge.IdfParams(corpus=to_filter(request.scope))),
            )
        )
    return queries, request.dense is not None, request.sparse is not None


def to_point(point: Point) -> Any:
    vectors: dict[str, Any] = {"text": from_bytes(point.dense)}
    if point.image is not None:
        vectors["image"] = from_bytes(point.image)
    if point.sparse is not None:
        vectors["lexical"] = edge.SparseVector(point.sparse.indices, point.sparse.values)
    return edge.Point(point.id, vectors, point.payload)

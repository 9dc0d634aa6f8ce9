"""Our filters and queries in Qdrant Edge's words."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge

from apps.catalog.engine.embedding import from_bytes
from apps.catalog.engine.records import AnyOf, Between, Condition, Differs, Equals, HybridRequest, Point, Where

SCHEMA = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "float": edge.PayloadSchemaType.Float,
}


def to_filter(where: Where) -> Any:
    """An Edge filter, or None for no condition."""
    if not where:
        return None
    must = [_condition(condition) for condition in where if not isinstance(condition, Differs)]
    must_not: list[Any] = [
        edge.FieldCondition(key=condition.field, match=edge.MatchValue(condition.value))
        for condition in where
        if isinstance(condition, Differs)
    ]
    return edge.Filter(must=must or None, must_not=must_not or None)


def _condition(condition: Condition) -> Any:
    match condition:
        case Equals(field, value):
            return edge.FieldCondition(key=field, match=edge.MatchValue(value))
        case AnyOf(field, values):
            return edge.FieldCondition(key=field, match=edge.MatchAny(list(values)))
        case Between(field, gte, lte, gt, lt):
            return edge.FieldCondition(key=field, range=edge.RangeFloat(gte=gte, lte=lte, gt=gt, lt=lt))
        case Differs():
            raise AssertionError("Differs belongs into must_not")


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
    if point.sparse is not None:
        vectors["lexical"] = edge.SparseVector(point.sparse.indices, point.sparse.values)
    return edge.Point(point.id, vectors, point.payload)

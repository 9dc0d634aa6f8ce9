"""Our filters and queries in qdrant-client's words."""

from __future__ import annotations

from collections.abc import Sequence

from qdrant_client import models

from apps.catalog.engine.embedding import from_bytes
from apps.catalog.engine.records import AnyOf, Between, Condition, Differs, Equals, HybridRequest, Point, Where

SCHEMA = {
    "keyword": models.PayloadSchemaType.KEYWORD,
    "integer": models.PayloadSchemaType.INTEGER,
    "float": models.PayloadSchemaType.FLOAT,
}


def to_filter(where: Where) -> models.Filter | None:
    """A server's filter, or None for no condition."""
    if not where:
        return None
    must: list[models.Condition] = [_condition(one) for one in where if not isinstance(one, Differs)]
    must_not: list[models.Condition] = [_equals(one.field, one.value) for one in where if isinstance(one, Differs)]
    return models.Filter(must=must or None, must_not=must_not or None)


def _condition(condition: Condition) -> models.Condition:
    match condition:
        case Equals(field, value):
            return _equals(field, value)
        case AnyOf(field, values):
            return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))
        case Between(field, gte, lte, gt, lt):
            return models.FieldCondition(key=field, range=models.Range(gte=gte, lte=lte, gt=gt, lt=lt))
        case Differs():
            raise AssertionError("Differs belongs into must_not")


def _equals(field: str, value: str | int) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def to_queries(request: HybridRequest) -> list[models.QueryRequest]:
    """The dense query, when there is one, and then the lexical one, when there is one."""
    where = to_filter(request.where)
    queries = []
    if request.dense is not None:
        nearest = models.NearestQuery(nearest=from_bytes(request.dense))
        queries.append(models.QueryRequest(query=nearest, using="text", filter=where, limit=request.candidates))
    if request.sparse is not None:
        vector = models.SparseVector(indices=request.sparse.indices, values=request.sparse.values)
        corpus = to_filter(request.scope)
        params = models.SearchParams(idf=models.IdfCorpusParams(corpus=corpus)) if corpus else None
        queries.append(
            models.QueryRequest(
                query=models.NearestQuery(nearest=vector),
                using="lexical",
                filter=where,
                limit=request.candidates,
                params=params,
            )
        )
    return queries


def to_points(points: Sequence[Point]) -> list[models.PointStruct]:
    structs = []
    for point in points:
        vectors: dict[str, models.Vector] = {"text": from_bytes(point.dense)}
        if point.sparse is not None:
            vectors["lexical"] = models.SparseVector(indices=point.sparse.indices, values=point.sparse.values)
        structs.append(models.PointStruct(id=point.id, vector=vectors, payload=point.payload))
    return structs

"""Our queries and points in qdrant-client's words."""

from __future__ import annotations

from collections.abc import Sequence

from qdrant_client import models

from apps.catalog.engine.adapters.server_filter import to_filter
from apps.catalog.engine.embedding import from_bytes
from apps.catalog.engine.records import HybridRequest, Point


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
        if point.image is not None:
            vectors["image"] = from_bytes(point.image)
        if point.sparse is not None:
            vectors["lexical"] = models.SparseVector(indices=point.sparse.indices, values=point.sparse.values)
        structs.append(models.PointStruct(id=point.id, vector=vectors, payload=point.payload))
    return structs

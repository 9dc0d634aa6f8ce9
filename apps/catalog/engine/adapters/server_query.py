"""Our queries and points in qdrant-client's words."""

from __future__ import annotations

from collections.abc import Sequence

from qdrant_client import models

from apps.catalog.engine.adapters.server_filter import to_filter
from apps.catalog.engine.embedding import from_bytes
from apps.catalog.engine.records import Nearest, Point, Sparse


def to_query(nearest: Nearest) -> models.QueryRequest:
    params = None
    if isinstance(nearest.vector, Sparse):
        vector: models.SparseVector | list[float] = _sparse(nearest.vector)
        corpus = to_filter(nearest.scope)
        params = models.SearchParams(idf=models.IdfCorpusParams(corpus=corpus)) if corpus else None
    else:
        vector = from_bytes(nearest.vector)
    return models.QueryRequest(
        query=models.NearestQuery(nearest=vector),
        using=nearest.channel,
        filter=to_filter(nearest.where),
        limit=nearest.limit,
        params=params,
    )


def to_points(points: Sequence[Point]) -> list[models.PointStruct]:
    structs = []
    for point in points:
        vectors: dict[str, models.Vector] = {"text": from_bytes(point.dense)}
        if point.image is not None:
            vectors["image"] = from_bytes(point.image)
        if point.sparse is not None:
            vectors["lexical"] = _sparse(point.sparse)
        structs.append(models.PointStruct(id=point.id, vector=vectors, payload=point.payload))
    return structs


def _sparse(sparse: Sparse) -> models.SparseVector:
    return models.SparseVector(indices=sparse.indices, values=sparse.values)

"""A Qdrant server as a `VectorBackend`, by qdrant-client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from apps.catalog.engine.adapters.server_filter import to_filter, to_schema
from apps.catalog.engine.adapters.server_query import to_points, to_query
from apps.catalog.engine.embedding import to_bytes
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.ranking.fusion import Scored, matches
from apps.catalog.engine.records import (
    DENSE_VECTORS,
    CollectionSpec,
    CollectionState,
    HasVector,
    HybridRequest,
    Match,
    Nearest,
    Payload,
    Point,
    VectorName,
    Where,
)

READ_TIMEOUT_S = 2
WRITE_TIMEOUT_S = 60
_NOT_FOUND = 404
# Of one field; all of them are looked at for a prefix.
_MOST_VALUES = 100_000
_T = TypeVar("_T")


class ServerBackend:
    """Two clients of one server, since qdrant-client knows one time limit per client."""

    def __init__(self, *, reader: QdrantClient, writer: QdrantClient) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    def connect(cls, *, url: str, api_key: str = "") -> ServerBackend:
        """Opens no connection yet: the first call does, and says when the server is away."""
        reader, writer = (
            QdrantClient(url=url, api_key=api_key or None, timeout=seconds, check_compatibility=False)
            for seconds in (READ_TIMEOUT_S, WRITE_TIMEOUT_S)
        )
        return cls(reader=reader, writer=writer)

    # --- Collections and aliases ----------------------------------------------------------------------
    def ensure(self, spec: CollectionSpec) -> None:
        with _errors():
            if not self._reader.collection_exists(spec.name):
                sizes = {"text": spec.dense_size, "image": spec.image_size}
                lexical = {"lexical": models.SparseVectorParams(modifier=models.Modifier.IDF)}
                self._writer.create_collection(
                    spec.name,
                    vectors_config={
                        vector: models.VectorParams(size=size, distance=models.Distance.COSINE)
                        for vector, size in sizes.items()
                        if size is not None
                    },
                    sparse_vectors_config=lexical if spec.lexical else None,
                )
            existing = self._reader.get_collection(spec.name).payload_schema
            for field, kind in spec.fields.items():
                if field not in existing:
                    schema = to_schema(kind, tenant=field == spec.tenant_field)
                    self._writer.create_payload_index(spec.name, field, schema, wait=True)

    def collections(self) -> list[str]:
        with _errors():
            return sorted(one.name for one in self._reader.get_collections().collections)

    def state(self, name: str) -> CollectionState:
        info = _read(lambda: self._reader.get_collection(name))
        if info is None:
            return CollectionState()
        names: tuple[VectorName, ...] = ("text", "image", "lexical")
        return CollectionState(
            points=info.points_count or 0,
            vectors={vector: self.count(name, (HasVector(vector),)) for vector in names},
            segments=info.segments_count,
            optimised=info.status == models.CollectionStatus.GREEN,
            damage="the server says that it is red" if info.status == models.CollectionStatus.RED else "",
        )

    def drop(self, name: str) -> None:
        with _errors():
            self._writer.delete_collection(name)

    def set_aside(self, name: str) -> None:
        """The server keeps the files, and nothing that cannot be read."""
        self.drop(name)

    def alias(self, alias: str, *, patient: bool = False) -> str | None:
        return _aliases_of(self._writer if patient else self._reader).get(alias)

    def aliases(self) -> dict[str, str]:
        return _aliases_of(self._writer)

    def point_alias(self, alias: str, name: str) -> None:
        create = models.CreateAlias(collection_name=name, alias_name=alias)
        operations: list[models.AliasOperations] = [models.CreateAliasOperation(create_alias=create)]
        if self.alias(alias) is not None:
            delete = models.DeleteAlias(alias_name=alias)
            operations.insert(0, models.DeleteAliasOperation(delete_alias=delete))
        with _errors():
            self._writer.update_collection_aliases(operations)

    def rename_alias(self, alias: str, new: str) -> None:
        rename = models.RenameAlias(old_alias_name=alias, new_alias_name=new)
        with _errors():
            self._writer.update_collection_aliases([models.RenameAliasOperation(rename_alias=rename)])

    def drop_alias(self, alias: str) -> None:
        delete = models.DeleteAlias(alias_name=alias)
        with _errors():
            self._writer.update_collection_aliases([models.DeleteAliasOperation(delete_alias=delete)])

    # --- Writes ---------------------------------------------------------------------------------------
    def upsert(self, name: str, points: Sequence[Point]) -> None:
        with _errors():
            self._writer.upsert(name, to_points(points), wait=True)

    def set_payload(self, name: str, where: Where, payload: Payload) -> None:
        chosen = _selected(where)
        with _errors():
            self._writer.set_payload(name, payload, points=chosen, wait=True)

    def replace_payload(self, name: str, where: Where, payload: Payload) -> None:
        chosen = _selected(where)
        with _errors():
            self._writer.overwrite_payload(name, payload, points=chosen, wait=True)

    def delete(self, name: str, where: Where) -> int:
        chosen = _selected(where)
        count = self.count(name, where)
        if count:
            with _errors():
                self._writer.delete(name, models.FilterSelector(filter=chosen), wait=True)
        return count

    # --- Reads ----------------------------------------------------------------------------------------
    def count(self, name: str, where: Where) -> int:
        return _read(lambda: self._reader.count(name, to_filter(where), exact=True).count) or 0

    def retrieve(
        self, name: str, ids: Sequence[str], fields: Sequence[str] | None = None, *, patient: bool = False
    ) -> dict[str, Payload]:
        if not ids:
            return {}
        wanted = True if fields is None else list(fields)
        client = self._writer if patient else self._reader
        return dict(_payloads(_read(lambda: client.retrieve(name, list(ids), with_payload=wanted))))

    def scroll(
        self,
        name: str,
        where: Where,
        *,
        limit: int,
        after: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> tuple[list[tuple[str, Payload]], str | None]:
        chosen, wanted = to_filter(where), True if fields is None else list(fields)
        page = _read(lambda: self._reader.scroll(name, chosen, limit=limit, offset=after, with_payload=wanted))
        if page is None:
            return [], None
        return _payloads(page[0]), None if page[1] is None else str(page[1])

    def ordered(
        self, name: str, where: Where, *, field: str, descending: bool, limit: int
    ) -> list[tuple[str, Payload]]:
        direction = models.Direction.DESC if descending else models.Direction.ASC
        order = models.OrderBy(key=field, direction=direction)
        page = _read(lambda: self._reader.scroll(name, to_filter(where), limit=limit, order_by=order))
        return _payloads(page[0]) if page else []

    def facet(self, name: str, field: str, where: Where, *, limit: int, prefix: str = "") -> list[tuple[str, int]]:
        most = _MOST_VALUES if prefix else limit
        found = _read(lambda: self._reader.facet(name, field, to_filter(where), limit=most, exact=True))
        hits = found.hits if found else []
        return [(str(hit.value), hit.count) for hit in hits if str(hit.value).startswith(prefix)][:limit]

    def vectors(self, name: str, where: Where, *, limit: int) -> dict[str, dict[VectorName, bytes]]:
        page = _read(
            lambda: self._reader.scroll(
                name, to_filter(where), limit=limit, with_payload=False, with_vectors=list(DENSE_VECTORS)
            )
        )
        return {str(record.id): _dense(record.vector) for record in (page[0] if page else ())}

    def hybrid(self, name: str, request: HybridRequest) -> list[Match]:
        return matches(
            request,
            ask=partial(self._nearest, name),
            first=lambda where, limit: self.scroll(name, where, limit=limit)[0],
            retrieve=partial(self.retrieve, name),
        )

    def _nearest(self, name: str, asked: Sequence[Nearest]) -> list[list[Scored]]:
        queries = [to_query(one) for one in asked]
        answers = _read(lambda: self._reader.query_batch_points(name, queries))
        if answers is None:
            return [[] for _ in asked]
        return [[(str(point.id), point.score) for point in answer.points] for answer in answers]

    def ping(self) -> None:
        with _errors():
            self._reader.get_collections()

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


def _read(call: Callable[[], _T]) -> _T | None:
    """The call's answer; None where the collection does not exist."""
    with _errors():
        try:
            return call()
        except UnexpectedResponse as error:
            if error.status_code != _NOT_FOUND:
                raise
        except ValueError as error:  # qdrant-client's local mode
            if "not found" not in str(error):
                raise
    return None


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ResponseHandlingException as error:
        text = f"The Qdrant server does not answer: {error.source}"
        raise CatalogError("index_unreachable", text, retryable=True) from error
    except ResourceExhaustedResponse as error:
        text = f"The Qdrant server has too much to do: {error}"
        raise CatalogError("index_unreachable", text, retryable=True) from error
    except UnexpectedResponse as error:
        retryable = error.status_code is None or error.status_code >= 500 or error.status_code == 429
        code = "index_unreachable" if retryable else "index_failed"
        raise CatalogError(code, f"The Qdrant server refused: {error}", retryable=retryable) from error
    except (ApiException, ValueError) as error:
        raise CatalogError("index_failed", f"The Qdrant server refused: {error}") from error


def _aliases_of(client: QdrantClient) -> dict[str, str]:
    with _errors():
        return {one.alias_name: one.collection_name for one in client.get_aliases().aliases}


def _payloads(records: Sequence[models.Record] | None) -> list[tuple[str, Payload]]:
    return [(str(record.id), dict(record.payload or {})) for record in records or ()]


def _selected(where: Where) -> models.Filter:
    chosen = to_filter(where)
    if chosen is None:
        raise CatalogError("index_failed", "Refused to change points without a condition.")
    return chosen


def _dense(vectors: object) -> dict[VectorName, bytes]:
    named = vectors if isinstance(vectors, dict) else {}
    return {name: to_bytes(np.asarray(named[name], dtype=np.float32)) for name in DENSE_VECTORS if name in named}

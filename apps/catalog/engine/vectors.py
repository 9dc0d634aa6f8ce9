"""`VectorService`: the one door to the index. Every question gets the store's filter here, not at its callers."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.records import (
    DEFAULT_WEIGHTS,
    CollectionSpec,
    Equals,
    FieldType,
    HybridRequest,
    Match,
    Payload,
    Point,
    Sparse,
    Weights,
    Where,
)

# Part of a collection's name: raise it when the vectors or the payload change their meaning.
LAYOUT = 2
_ALIAS_TTL_S = 5.0
_PAGE = 500


def collection_name(alias: str, model: str) -> str:
    """One collection per (model, layout): `products-all-minilm-l6-v2-1`."""
    slug = re.sub(r"[^a-z0-9]+", "-", model.rsplit("/", 1)[-1].lower()).strip("-")
    return f"{alias}-{slug}-{LAYOUT}"


class VectorService:
    """The collection behind one alias. It knows whether that was made by the model that embeds now."""

    def __init__(
        self,
        backend: VectorBackend,
        *,
        alias: str,
        embeddings: EmbeddingService,
        fields: Mapping[str, FieldType],
        lexical: bool,
        image_size: int | None = None,
    ) -> None:
        self.backend = backend
        self.alias = alias
        self._embeddings = embeddings
        self._fields = dict(fields)
        self._lexical = lexical
        self._image_size = image_size
        self._lock = threading.Lock()
        self._resolved: tuple[str, float] | None = None

    # --- Which collection -----------------------------------------------------------------------------
    @property
    def own_name(self) -> str:
        """The collection of the model that this process embeds with; a rebuilt one has a suffix."""
        return collection_name(self.alias, self._embeddings.name)

    def is_own(self, name: str) -> bool:
        return name == self.own_name or name.startswith(f"{self.own_name}-")

    def active(self) -> str:
        """The collection that the alias stands for; made when there is none yet."""
        resolved = self._resolved
        if resolved is not None and time.monotonic() < resolved[1]:
            return resolved[0]
        with self._lock:
            name = self.backend.alias(self.alias)
            if name is None:
                name = self.own_name
                self.make(name)
                self.backend.point_alias(self.alias, name)
            self._resolved = (name, time.monotonic() + _ALIAS_TTL_S)
            return name

    def make(self, name: str) -> None:
        self.backend.ensure(
            CollectionSpec(
                name=name,
                dense_size=self._embeddings.size,
                lexical=self._lexical,
                image_size=self._image_size,
                fields=self._fields,
            )
        )

    @property
    def mismatched(self) -> bool:
        """Another model made the index: its vectors and ours must not be compared."""
        return not self.is_own(self.active())

    def take_over(self, copy: Callable[[str, str], None]) -> None:
        """Makes a collection of the own model, lets `copy(old, new)` fill it, then swaps the alias: no downtime.

        Another process may do the same at the same time: each fills its own, and who comes second gives way.
        """
        if not self.mismatched:
            return
        old, new = self.active(), f"{self.own_name}-{uuid.uuid4().hex[:6]}"
        self.make(new)
        try:
            copy(old, new)
            if self.backend.alias(self.alias) == old:
                self.backend.point_alias(self.alias, new)
                self.backend.drop(old)
            else:
                self.backend.drop(new)
        except CatalogError:
            self.backend.drop(new)
            raise
        finally:
            self._resolved = None

    # --- Reads ----------------------------------------------------------------------------------------
    def hybrid(
        self,
        *,
        store_id: str,
        where: Where,
        dense: bytes | None,
        sparse: Sparse | None,
        limit: int,
        image: bytes | None = None,
        candidates: int = 100,
        weights: Weights = DEFAULT_WEIGHTS,
    ) -> list[Match]:
        """The best of all rankings. The dense one is left out while another model's vectors are in the index."""
        name = self.active()
        scope = _of(store_id)
        request = HybridRequest(
            where=(*scope, *where),
            scope=scope,
            dense=dense if self.is_own(name) else None,
            sparse=sparse,
            limit=limit,
            image=image,
            candidates=candidates,
            weights=weights,
        )
        return self.backend.hybrid(name, request)

    def ordered(
        self, *, store_id: str, where: Where, field: str, descending: bool, limit: int
    ) -> list[tuple[str, Payload]]:
        return self.backend.ordered(
            self.active(), (*_of(store_id), *where), field=field, descending=descending, limit=limit
        )

    def first(self, *, store_id: str, where: Where, limit: int) -> list[tuple[str, Payload]]:
        return self.backend.scroll(self.active(), (*_of(store_id), *where), limit=limit)[0]

    def retrieve(
        self, *, store_id: str, ids: Sequence[str], fields: Sequence[str] | None = None, patient: bool = False
    ) -> dict[str, Payload]:
        """Payloads by id; an id of another store reads as one that does not exist."""
        wanted = None if fields is None else [*fields, "store_id"]
        found = self.backend.retrieve(self.active(), ids, wanted, patient=patient)
        return {id_: payload for id_, payload in found.items() if payload.get("store_id") == store_id}

    def scroll(self, *, store_id: str, where: Where = ()) -> Iterator[tuple[str, Payload]]:
        yield from self.pages(self.active(), (*_of(store_id), *where))

    def pages(self, name: str, where: Where) -> Iterator[tuple[str, Payload]]:
        """Every point of a collection by this filter; for a rebuild, which is not one store's."""
        after: str | None = None
        while True:
            page, after = self.backend.scroll(name, where, limit=_PAGE, after=after)
            yield from page
            if after is None:
                return

    def count(self, *, store_id: str, where: Where = ()) -> int:
        return self.backend.count(self.active(), (*_of(store_id), *where))

    def facet(self, *, store_id: str, field: str, where: Where = (), limit: int = 1000) -> list[tuple[str, int]]:
        return self.backend.facet(self.active(), field, (*_of(store_id), *where), limit=limit)

    # --- Writes ---------------------------------------------------------------------------------------
    def upsert(self, points: Sequence[Point]) -> None:
        self.backend.upsert(self.active(), points)

    def set_payload(self, *, ids: Sequence[str], payload: Payload) -> None:
        self.backend.set_payload(self.active(), ids, payload)

    def replace_payload(self, *, id_: str, payload: Payload) -> None:
        self.backend.replace_payload(self.active(), id_, payload)

    def delete(self, *, store_id: str, where: Where) -> int:
        return self.backend.delete(self.active(), (*_of(store_id), *where))


def _of(store_id: str) -> Where:
    if not store_id:
        raise ValueError("store_id is empty")
    return (Equals("store_id", store_id),)

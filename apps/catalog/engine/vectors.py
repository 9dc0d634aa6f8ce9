"""`VectorService`: the one door to the index. Every question gets the store's filter here, not at its callers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from apps.catalog.engine.aliased import AliasedCollection
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.records import (
    DEFAULT_WEIGHTS,
    Condition,
    Differs,
    Either,
    Equals,
    HasVector,
    HybridRequest,
    Ids,
    Match,
    Not,
    Payload,
    Point,
    Sparse,
    StartsWith,
    VectorName,
    Weights,
    Where,
)
from apps.catalog.engine.walking import PAGE

# How many more than are wanted each vector may propose, since the two rarely agree.
_PROPOSED = 50
# Two pictures of the same colour are less alike than two texts that say the same.
_LIKENESS = Weights(text=0.65, lexical=0.0, image=0.35)


class VectorService(AliasedCollection):
    """Synchronous and safe to call from several threads; every call raises `CatalogError` only.

    A store sees its own points alone: an id of another store reads as one that does not exist.
    """

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
        named: Where = (),
        least: float = -1.0,
        fields: tuple[str, ...] | None = None,
    ) -> list[Match]:
        """The best of all rankings, behind those that are `named`; `fields` of their payloads, or all.

        `least`: the cosine of the meaning below which nothing is a match.

        The dense ranking is left out while another model's vectors are in the index.
        """
        for condition in named:
            self._check(condition)
        request = HybridRequest(
            where=self._within(store_id, where),
            scope=_of(store_id),
            dense=dense,
            sparse=sparse,
            limit=limit,
            image=image,
            image_where=() if image is None else self._pictured_by(self._embeddings.image_model),
            candidates=candidates,
            weights=weights,
            named=named,
            least=least,
            fields=fields,
        )
        return self.on_active(
            lambda name: self.backend.hybrid(name, request if self.is_own(name) else replace(request, dense=None))
        )

    def ordered(
        self, *, store_id: str, where: Where, field: str, descending: bool, limit: int
    ) -> list[tuple[str, Payload]]:
        self._known(field)
        chosen = self._within(store_id, where)
        return self.on_active(
            lambda name: self.backend.ordered(name, chosen, field=field, descending=descending, limit=limit)
        )

    def first(self, *, store_id: str, where: Where, limit: int) -> list[tuple[str, Payload]]:
        chosen = self._within(store_id, where)
        return self.on_active(lambda name: self.backend.scroll(name, chosen, limit=limit))[0]

    def retrieve(
        self, *, store_id: str, ids: Sequence[str], fields: Sequence[str] | None = None, patient: bool = False
    ) -> dict[str, Payload]:
        """Payloads by id; an id of another store reads as one that does not exist."""
        wanted = None if fields is None else [*fields, "store_id"]
        found = self.on_active(
            lambda name: self.backend.retrieve(name, ids, wanted, patient=patient), patient=patient
        )
        return {id_: payload for id_, payload in found.items() if payload.get("store_id") == store_id}

    def scroll(self, *, store_id: str, where: Where = ()) -> Iterator[tuple[str, Payload]]:
        chosen = self._within(store_id, where)
        after: str | None = None
        while True:
            page, after = self.on_active(partial(self.backend.scroll, where=chosen, limit=PAGE, after=after))
            yield from page
            if after is None:
                return

    def count(self, *, store_id: str, where: Where = ()) -> int:
        chosen = self._within(store_id, where)
        return self.on_active(lambda name: self.backend.count(name, chosen))

    def facet(self, *, store_id: str, field: str, where: Where = (), limit: int = 1000) -> list[tuple[str, int]]:
        self._known(field)
        chosen = self._within(store_id, where)
        return self.on_active(lambda name: self.backend.facet(name, field, chosen, limit=limit))

    def suggest(
        self, *, store_id: str, field: str, prefix: str, where: Where = (), limit: int = 10
    ) -> list[tuple[str, int]]:
        """The values of the field that begin so, with the number of points that have them, most frequent first."""
        chosen = self._within(store_id, (*where, StartsWith(field, prefix)))
        return self.on_active(lambda name: self.backend.facet(name, field, chosen, limit=limit, prefix=prefix))

    def nearest(
        self, *, store_id: str, vector: VectorName, query: bytes, where: Where = (), limit: int
    ) -> list[Match]:
        """The points whose text or picture is nearest to `query`, by cosine; only points that have this vector."""
        self._check_vector(vector, query)
        text, image = (query, None) if vector == "text" else (None, query)
        has_it = (*where, HasVector(vector))
        weights = Weights(text=1.0, lexical=0.0, image=1.0)
        return self.hybrid(
            store_id=store_id,
            where=has_it,
            dense=text,
            sparse=None,
            image=image,
            limit=limit,
            candidates=limit,
            weights=weights,
        )

    def similar(self, *, store_id: str, id_: str, where: Where = (), limit: int) -> list[Match]:
        """The points that are most like this one, by its stored vectors: its text, and its picture if it has one.

        No model is needed for it. Empty for an id that the store does not have.
        """
        model = self.retrieve(store_id=store_id, ids=[id_], fields=["image_model"]).get(id_, {}).get("image_model")
        itself = self._within(store_id, (Ids((id_,)),))
        others = self._within(store_id, (*where, Not(Ids((id_,)))))
        return self.on_active(lambda name: self._like(name, itself, others, model, limit))

    def _like(self, name: str, itself: Where, others: Where, image_model: str | None, limit: int) -> list[Match]:
        stored = next(iter(self.backend.vectors(name, itself, limit=1).values()), {})
        request = HybridRequest(
            where=others,
            scope=others,
            dense=stored.get("text"),
            sparse=None,
            image=stored.get("image"),
            image_where=self._pictured_by(image_model),
            limit=limit,
            candidates=limit + _PROPOSED,
            weights=_LIKENESS,
        )
        return self.backend.hybrid(name, request)

    def _pictured_by(self, model: str | None) -> Where:
        """The points whose picture this model saw: vectors of two models must not be compared."""
        return (Equals("image_model", model or ""),) if "image_model" in self._fields else ()

    # --- Writes ---------------------------------------------------------------------------------------
    def upsert(self, *, store_id: str, points: Sequence[Point]) -> None:
        """Writes the points, each whole or not at all. `bad_vector`, `other_model`: none of them was written."""
        _of(store_id)
        for point in points:
            if point.payload.get("store_id") != store_id:
                raise CatalogError("index_failed", f"The point {point.id} is not of the store {store_id}.")
            self._check_vector("text", point.dense)
            if point.image is not None:
                self._check_vector("image", point.image)
        self.written(lambda name: self._upsert(name, points))

    def _upsert(self, name: str, points: Sequence[Point]) -> None:
        if not self.is_own(name):  # another process made it meanwhile, and vectors of two models are never mixed
            raise self.of_other_model(name)
        self.backend.upsert(name, points)

    def set_payload(self, *, store_id: str, ids: Sequence[str], payload: Payload) -> None:
        """Sets these fields on those of the points that the store has, and leaves their others."""
        chosen = self._within(store_id, (Ids(tuple(ids)),))
        self.written(lambda name: self.backend.set_payload(name, chosen, payload))

    def replace_payload(self, *, store_id: str, id_: str, payload: Payload) -> None:
        """Replaces the whole payload of one point, if the store has it, and keeps its vectors."""
        chosen = self._within(store_id, (Ids((id_,)),))
        self.written(lambda name: self.backend.replace_payload(name, chosen, payload))

    def delete(self, *, store_id: str, where: Where) -> int:
        chosen = self._within(store_id, where)
        return self.written(lambda name: self.backend.delete(name, chosen))

    def delete_ids(self, *, store_id: str, ids: Sequence[str]) -> int:
        return self.delete(store_id=store_id, where=(Ids(tuple(ids)),))

    def delete_stale(self, *, store_id: str, connector_id: str, sync_run: str) -> int:
        """Removes what this connector brought and its run `sync_run` has not seen."""
        where = (Equals("connector_id", connector_id), Differs("sync_run", sync_run))
        return self.delete(store_id=store_id, where=where)

    # --- Bad input ------------------------------------------------------------------------------------
    def _within(self, store_id: str, where: Where) -> Where:
        """The store's own points alone, whatever the caller asks for."""
        for condition in where:
            self._check(condition)
        return (*_of(store_id), *where)

    def _check(self, condition: Condition) -> None:
        match condition:
            case Not(negated):
                self._check(negated)
            case Either(conditions):
                for one in conditions:
                    self._check(one)
            case Ids() | HasVector():
                pass
            case _:
                self._known(condition.field)

    def _known(self, field: str) -> None:
        if field not in self._fields:
            raise CatalogError("unknown_field", f"The index {self.alias} cannot be filtered by {field}.")

    def _check_vector(self, vector: VectorName, data: bytes) -> None:
        size = self._image_size if vector == "image" else self._embeddings.size
        numbers = np.frombuffer(data, dtype="<f4")
        if numbers.size != size:
            text = f"A vector {vector} has {numbers.size} numbers; the index {self.alias} keeps {size or 'none'}."
            raise CatalogError("bad_vector", text)
        if not np.isfinite(numbers).all():
            raise CatalogError("bad_vector", f"A vector {vector} holds something that is not a number.")


def _of(store_id: str) -> Where:
    if not store_id:
        raise ValueError("store_id is empty")
    return (Equals("store_id", store_id),)

"""The port that `VectorService` stands on: what an index must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from apps.catalog.engine.records import (
    CollectionSpec,
    CollectionState,
    HybridRequest,
    Match,
    Payload,
    Point,
    VectorName,
    Where,
)


class VectorBackend(Protocol):
    """An index of named collections. Every call is atomic for itself and raises `CatalogError` only.

    Writes are seen by the next read. A collection that does not exist reads as empty; writing to it is an error.
    """

    def ensure(self, spec: CollectionSpec) -> None:
        """Makes the collection and its payload indexes where they are missing."""

    def collections(self) -> list[str]: ...

    def state(self, name: str) -> CollectionState:
        """Never raises over a damaged collection: it says so."""

    def drop(self, name: str) -> None: ...

    def set_aside(self, name: str) -> None:
        """Takes a damaged collection out of the way: the name is free, its files are kept where that can be."""

    def alias(self, alias: str, *, patient: bool = False) -> str | None:
        """The collection that the alias stands for. `patient`: no shopper waits for the answer."""

    def aliases(self) -> dict[str, str]:
        """All of them, with the collections that they stand for. No shopper waits for the answer."""

    def point_alias(self, alias: str, name: str) -> None:
        """From now on the alias stands for `name`, for all processes at once."""

    def rename_alias(self, alias: str, new: str) -> None:
        """The alias gets another name, and takes it from the one that had it. An error where there is none."""

    def drop_alias(self, alias: str) -> None:
        """Nothing is said where there is none."""

    def upsert(self, name: str, points: Sequence[Point]) -> None: ...

    def set_payload(self, name: str, where: Where, payload: Payload) -> None:
        """Sets these fields on the points that match and leaves their others. An empty `where` is refused."""

    def replace_payload(self, name: str, where: Where, payload: Payload) -> None:
        """Replaces the whole payload of the points that match and keeps their vectors."""

    def delete(self, name: str, where: Where) -> int:
        """Removes the points that match and returns how many there were. An empty `where` is refused."""

    def count(self, name: str, where: Where) -> int: ...

    def retrieve(
        self, name: str, ids: Sequence[str], fields: Sequence[str] | None = None, *, patient: bool = False
    ) -> dict[str, Payload]:
        """The payloads of the ids that exist, all fields or these. `patient`: no shopper waits for the answer."""

    def scroll(
        self,
        name: str,
        where: Where,
        *,
        limit: int,
        after: str | None = None,
        fields: Sequence[str] | None = None,
    ) -> tuple[list[tuple[str, Payload]], str | None]:
        """A page of (id, payload, whole or these fields) in the order of the ids, and the `after` of the next."""

    def ordered(
        self, name: str, where: Where, *, field: str, descending: bool, limit: int
    ) -> list[tuple[str, Payload]]:
        """The first points by a number field; points without the field are left out."""

    def facet(self, name: str, field: str, where: Where, *, limit: int, prefix: str = "") -> list[tuple[str, int]]:
        """The values of a keyword or integer field with their counts, most frequent first; those with `prefix`."""

    def vectors(self, name: str, where: Where, *, limit: int) -> dict[str, dict[VectorName, bytes]]:
        """The dense vectors of the points that match, by id and name; only those that a point has."""

    def hybrid(self, name: str, request: HybridRequest) -> list[Match]: ...

    def ping(self) -> None:
        """Raises when the index cannot answer."""

    def close(self) -> None: ...

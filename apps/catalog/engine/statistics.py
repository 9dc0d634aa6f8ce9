"""What is in the index, for those who run it."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel

from apps.catalog.engine.aliased import IndexHealth


class CollectionStatistics(BaseModel):
    """The collection behind an alias. `fits_model`: the model of this process made it.

    `vectors`: how many points have each one. What only the host of an embedded index knows is null for a server.
    """

    alias: str
    collection: str
    fits_model: bool
    points: int
    vectors: dict[str, int]
    segments: int
    optimised: bool
    bytes_on_disk: int | None
    written_at: datetime | None
    damage: str


class IndexStatistics(BaseModel):
    """`stores`: products by store id, the most first; empty while the products' collection is damaged."""

    backend: str
    model: str
    lexical_only: bool
    collections: list[CollectionStatistics]
    stores: dict[str, int]


def statistics_of(index: IndexHealth) -> CollectionStatistics:
    state = index.state
    return CollectionStatistics(
        alias=index.alias,
        collection=index.collection,
        fits_model=not index.mismatched,
        points=state.points,
        vectors=dict(state.vectors),
        segments=state.segments,
        optimised=state.optimised,
        bytes_on_disk=state.bytes_on_disk,
        written_at=None if state.written_at is None else datetime.fromtimestamp(state.written_at, UTC),
        damage=state.damage,
    )

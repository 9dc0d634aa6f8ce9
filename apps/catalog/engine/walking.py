"""A walk through a whole collection, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.records import Payload

PAGE = 500
# Told after each page of a long work: how many points are done, and how many there are.
Progress = Callable[[int, int], None]


def pages(
    backend: VectorBackend, name: str, *, fields: Sequence[str] | None = None
) -> Iterator[list[tuple[str, Payload]]]:
    """Every point of the collection in the order of the ids, with its whole payload or these fields."""
    after: str | None = None
    while True:
        page, after = backend.scroll(name, (), limit=PAGE, after=after, fields=fields)
        yield page
        if after is None:
            return

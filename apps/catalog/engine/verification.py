"""A walk through a whole collection that looks at every point, its payload and its vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.records import Ids, Payload, VectorName
from apps.catalog.engine.walking import PAGE, Progress, pages

# What is told one by one; the rest is counted.
_TOLD_PROBLEMS = 1_000
# What is wrong with a payload, given its point's id, in a few words; empty when it is sound.
FaultOf = Callable[[str, Payload], str]


@dataclass(slots=True)
class Verification:
    """What a walk through the whole index found: `points` were read, `broken` of them have something wrong.

    `problems` are lines to show, the first thousand of them.
    """

    points: int = 0
    broken: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        self.broken += 1
        if len(self.problems) < _TOLD_PROBLEMS:
            self.problems.append(problem)


def verify(
    backend: VectorBackend,
    name: str,
    *,
    sizes: Mapping[VectorName, int | None],
    fault_of: FaultOf,
    progress: Progress,
) -> Verification:
    """Reads every point with its vectors and says what is wrong with them; `index_damaged` is said too.

    `sizes`: how many numbers each vector should have; None is not looked at.
    """
    found = Verification()
    total = backend.state(name).points
    try:
        for page in pages(backend, name):
            ids = tuple(id_ for id_, _ in page)
            vectors = backend.vectors(name, (Ids(ids),), limit=PAGE) if ids else {}
            for id_, payload in page:
                found.points += 1
                fault = "" if payload.get("store_id") else "belongs to no store"
                fault = fault or fault_of(id_, payload) or _fault_of_vectors(vectors.get(id_, {}), sizes)
                if fault:
                    found.add(f"{id_} {fault}.")
            progress(found.points, total)
        counted = backend.count(name, ())
    except CatalogError as error:
        if error.code != "index_damaged":
            raise
        found.add(error.text)
    else:
        if counted != found.points:
            found.add(f"{found.points} points were read, but {counted} are counted.")
    return found


def _fault_of_vectors(stored: Mapping[VectorName, bytes], sizes: Mapping[VectorName, int | None]) -> str:
    if "text" not in stored:
        return "has no text vector"
    for vector, data in stored.items():
        numbers = np.frombuffer(data, dtype="<f4")
        size = sizes.get(vector)
        if size is not None and numbers.size != size:
            return f"has a vector {vector} of {numbers.size} numbers"
        if not np.isfinite(numbers).all():
            return f"has a vector {vector} that is not of numbers"
    return ""

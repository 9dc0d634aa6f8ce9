"""One collection takes another's place while all processes go on reading and writing.

The old one is walked through, and what it holds is written into the new one; again, for what was changed
meanwhile; and once more behind a fence, when nobody writes. Then the alias moves: nothing that was acknowledged is
lost.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.errors import CatalogError, OldIndexDamagedError
from apps.catalog.engine.fence import Fence
from apps.catalog.engine.records import Ids, Payload
from apps.catalog.engine.walking import Progress, pages

# Points that are written together. The more, the more of them have texts of the same length, which are embedded
# faster.
_WINDOW = 1_000
# A sync that writes without a pause leaves something to each walk: after so many the rest is small enough.
_MOST_WALKS = 5
# A sync that finds nothing new sets this on every product, and their vectors stay as they are.
_MARK = "sync_run"

# Writes these points of the old collection into the one with this name; tells how many, as it goes.
Write = Callable[[str, Mapping[str, Payload]], Iterable[int]]


class Move:
    """Fills `new` with what `old` holds, then lets the alias stand for it."""

    def __init__(
        self, backend: VectorBackend, *, old: str, new: str, write: Write, fields: Sequence[str] | None
    ) -> None:
        """`fields`: those by which a change of a point is noticed; None looks at its whole payload."""
        self._backend = backend
        self._old = old
        self._new = new
        self._write = write
        self._fields = None if fields is None else [*fields, _MARK]
        # By id what the last walk found, without and with the mark.
        self._seen: dict[str, tuple[int, object]] = {}

    def run(self, *, alias: str, progress: Progress) -> bool:
        """False: another process was first, and its collection is the one that counts."""
        with reading_old():
            total = self._backend.count(self._old, ())
        self._walk(lambda done: progress(done, total))
        for _ in range(_MOST_WALKS - 1):
            if not self._walk():
                break
        with Fence(self._backend, alias).before(self._new) as fence:
            self._walk()
            # After the walk: as long as the alias stands for it, nobody has dropped what was walked through.
            first = self._backend.alias(alias, patient=True) == self._old
            if first:
                self._backend.rename_alias(fence, alias)
        return first

    def _walk(self, told: Callable[[int], None] = lambda done: None) -> int:
        """Brings the new collection up to the old one; returns how many points that changed."""
        done, changed = 0, 0
        fresh: list[str] = []
        marked: defaultdict[object, list[str]] = defaultdict(list)
        gone = set(self._seen)
        for page in self._pages():
            for id_, payload in page:
                gone.discard(id_)
                before, now = self._seen.get(id_), _fingerprint(payload)
                self._seen[id_] = now
                if before is None or before[0] != now[0]:
                    fresh.append(id_)
                elif before[1] != now[1]:
                    marked[now[1]].append(id_)
                else:
                    continue
                changed += 1
            while len(fresh) >= _WINDOW:
                done = self._copy(fresh[:_WINDOW], done, told)
                del fresh[:_WINDOW]
        if fresh:
            self._copy(fresh, done, told)
        for mark, ids in marked.items():
            for some in _windows(ids):
                self._backend.set_payload(self._new, (Ids(some),), {_MARK: mark})
        for some in _windows(list(gone)):
            self._backend.delete(self._new, (Ids(some),))
        for id_ in gone:
            del self._seen[id_]
        return changed + len(gone)

    def _copy(self, ids: Sequence[str], done: int, told: Callable[[int], None]) -> int:
        with reading_old():
            found = self._backend.retrieve(self._old, ids, patient=True)
        for count in self._write(self._new, found):
            done += count
            told(done)
        return done

    def _pages(self) -> Iterator[list[tuple[str, Payload]]]:
        with reading_old():
            yield from pages(self._backend, self._old, fields=self._fields)


def _fingerprint(payload: Payload) -> tuple[int, object]:
    mark = payload.pop(_MARK, None)
    return hash(json.dumps(payload, sort_keys=True)), mark


def _windows(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(ids), _WINDOW):
        yield tuple(ids[start : start + _WINDOW])


@contextmanager
def reading_old() -> Iterator[None]:
    """Tells damage of what a rebuild reads from that of what it writes: only the former sets an index aside."""
    try:
        yield
    except CatalogError as error:
        if error.code != "index_damaged":
            raise
        raise OldIndexDamagedError(error.code, error.text) from error

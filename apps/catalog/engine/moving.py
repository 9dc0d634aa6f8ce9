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
# Behind the fence all writers wait, and not for long: it goes up when a walk has found no more than this to do.
_FEW = _WINDOW
# A sync that writes as fast as a walk copies is walked after until it ends; but not for ever.
_MOST_WALKS = 100
# A fence that writers tore down is put up again, since all that was embedded would be lost with this move.
_MOST_FENCES = 5
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
        # By id what the new one has of it, without the mark and the mark; None: it went before it was copied.
        self._seen: dict[str, tuple[int, object] | None] = {}

    def run(self, *, alias: str, progress: Progress) -> bool:
        """False: another process was first, and its collection is the one that counts."""
        try:
            return self._run(alias, progress)
        except CatalogError:
            # Another one may have swapped and dropped what was walked through; or the swap of this one was made,
            # and only its answer was lost.
            now = self._backend.alias(alias, patient=True)
            if now == self._old:
                raise
            return now == self._new

    def _run(self, alias: str, progress: Progress) -> bool:
        with reading_old():
            total = self._backend.count(self._old, ())
        self._walk(lambda done: progress(done, total))
        for _ in range(_MOST_FENCES):
            if not self._catch_up(alias):
                return False
            with Fence(self._backend, alias).before(self._new) as fence:
                self._walk()
                if not self._counts(alias):
                    return False
                if self._swap(fence, alias):
                    return True
        raise CatalogError(
            "index_failed", f"Writers did not wait for {self._new} to take its place.", retryable=True
        )

    def _catch_up(self, alias: str) -> bool:
        """Walks until little is left for the walk behind the fence. False: another process was first."""
        for _ in range(_MOST_WALKS):
            changed = self._walk()
            if not self._counts(alias):
                return False
            if changed <= _FEW:
                break
        return True

    def _counts(self, alias: str) -> bool:
        """Asked after a walk: as long as the alias stands for it, nobody has dropped what was walked through."""
        return self._backend.alias(alias, patient=True) == self._old

    def _swap(self, fence: str, alias: str) -> bool:
        """False: a writer has torn the fence down, and goes on in the old collection."""
        try:
            self._backend.rename_alias(fence, alias)
        except CatalogError as error:
            if error.code == "index_unreachable":
                raise  # it may still be made
            aliases = self._backend.aliases()
            if fence in aliases or aliases.get(alias) != self._old:
                raise
            return False
        return True

    def _walk(self, told: Callable[[int], None] = lambda done: None) -> int:
        """Brings the new collection up to the old one; returns how many points that changed."""
        done, changed = 0, 0
        fresh: list[str] = []
        marked: defaultdict[object, list[str]] = defaultdict(list)
        gone = set(self._seen)
        for page in self._pages():
            for id_, payload in page:
                gone.discard(id_)
                before, now = self._seen.get(id_), self._fingerprint(payload)
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
        for id_ in ids:  # it may have been changed or deleted since it was walked by
            self._seen[id_] = self._fingerprint(found[id_]) if id_ in found else None
        for count in self._write(self._new, found):
            done += count
            told(done)
        return done

    def _pages(self) -> Iterator[list[tuple[str, Payload]]]:
        with reading_old():
            yield from pages(self._backend, self._old, fields=self._fields)

    def _fingerprint(self, payload: Payload) -> tuple[int, object]:
        fields = payload.keys() if self._fields is None else payload.keys() & set(self._fields)
        telling = {field: payload[field] for field in fields if field != _MARK}
        return hash(json.dumps(telling, sort_keys=True)), payload.get(_MARK)


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

"""One collection of Qdrant Edge: a shard on disk, and its optimised copy that takes its place."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from apps.catalog.engine.adapters import edge_shard
from apps.catalog.engine.adapters.edge_errors import damaged
from apps.catalog.engine.adapters.edge_filter import to_filter, to_schema
from apps.catalog.engine.adapters.edge_query import to_point, to_query
from apps.catalog.engine.adapters.edge_reads import EdgeReads, close_shard
from apps.catalog.engine.adapters.generations import Generations
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.ranking.fusion import Scored, matches
from apps.catalog.engine.records import (
    CollectionSpec,
    CollectionState,
    HybridRequest,
    Match,
    Nearest,
    Payload,
    Point,
    Where,
)

# Below this a shard answers in under 2 ms as it is; above, filtered queries need the optimised segments.
OPTIMISE_AFTER = 2_000
_QUIET_S = 2.0
_ALREADY_OPTIMAL = 3
# Writes that came meanwhile are replayed while others go on writing. After so many rounds they wait for the rest,
# which is what came during the last one.
_ROUNDS = 5
_ROOT = Path(__file__).resolve().parents[4]
_log = logging.getLogger(__name__)


class EdgeCollection(EdgeReads):
    """A shard in `directory/<generation>`; the file `current` names the generation that counts.

    Edge's `optimize()` holds the GIL for seconds. So a child process runs it on a copy, writes that come
    meanwhile are kept and replayed on the copy, and then the copy takes the shard's place.
    """

    def __init__(self, *, name: str, directory: Path, indexing_threshold_kb: int | None = None) -> None:
        """`indexing_threshold_kb`: from which size a segment gets its graph; None leaves that to Edge."""
        super().__init__(name)
        self._threshold = indexing_threshold_kb
        self._generations = Generations(directory)
        self._lock = threading.RLock()  # writes, and the swap; reads go without it
        self._changed = 0
        self._replay: list[Any] | None = None
        self._optimiser: threading.Thread | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._closing = threading.Event()

    # --- Life -----------------------------------------------------------------------------------------
    def create(self, spec: CollectionSpec) -> None:
        path = self._generations.first()
        with self._errors():
            self._shard = edge_shard.create(path, spec, indexing_threshold_kb=self._threshold)
        self._generations.point_to(path)

    def load(self, *, carefully: bool = False) -> None:
        """Opens what is on disk. What cannot be read is no error here: `damage` says why, and so does every call.

        `carefully`: a process of its own reads all of it first, since a damaged file may kill who reads it.
        """
        try:
            self._generations.remove_others()
            current = self._generations.current
            if carefully and (reason := _unreadable(current)):
                raise damaged(self.name, reason)
            with self._errors():
                shard = edge_shard.load(current)
                points = shard.info().points_count
        except (CatalogError, OSError) as error:
            self.damage = error.text if isinstance(error, CatalogError) else damaged(self.name, str(error)).text
            self.exhausted = isinstance(error, CatalogError) and error.retryable
            _log.error(self.damage)
            return
        self._shard = shard
        if points >= OPTIMISE_AFTER:  # the host may have died before it came to that
            with self._lock:
                self._start_optimiser()

    @staticmethod
    def exists(directory: Path) -> bool:
        return Generations(directory).exist()

    def close(self) -> None:
        self._stop_optimiser()
        with self._lock:
            shard, self._shard = self._shard, None
            if shard is not None:
                with self._errors():
                    shard.flush()
                    close_shard(shard)

    def abandon(self) -> None:
        """Its files are about to be removed. A read that is under way ends on them, and then they are gone."""
        self._stop_optimiser()

    def _stop_optimiser(self) -> None:
        self._closing.set()
        with self._lock:
            if self._child is not None:
                self._child.terminate()
        optimiser = self._optimiser
        if optimiser is not None:
            optimiser.join()

    # --- Writes ---------------------------------------------------------------------------------------
    def ensure_fields(self, spec: CollectionSpec) -> None:
        with self._errors():
            existing = self._open().info().payload_schema
        for field, kind in spec.fields.items():
            if field not in existing:
                schema = to_schema(kind, tenant=field == spec.tenant_field)
                self._write(edge.UpdateOperation.create_field_index(field, schema))

    def upsert(self, points: Sequence[Point]) -> None:
        with self._errors():
            operation = edge.UpdateOperation.upsert_points([to_point(point) for point in points])
        self._write(operation, changed=len(points))

    def set_payload(self, where: Where, payload: Payload) -> None:
        self._write_where(where, lambda chosen: edge.UpdateOperation.set_payload_by_filter(chosen, payload))

    def replace_payload(self, where: Where, payload: Payload) -> None:
        self._write_where(where, lambda chosen: edge.UpdateOperation.overwrite_payload_by_filter(chosen, payload))

    def delete(self, where: Where) -> int:
        return self._write_where(where, edge.UpdateOperation.delete_points_by_filter)

    def _write_where(self, where: Where, operation: Callable[[Any], Any]) -> int:
        """Changes the points that match, and returns how many there are."""
        if not where:
            raise CatalogError("index_failed", "Refused to change points without a condition.")
        with self._lock:
            count = self.count(where)
            if count:
                self._write(operation(to_filter(where)), changed=count)
            return count

    def _write(self, operation: Any, changed: int = 0) -> None:
        with self._lock, self._errors():
            self._open().update(operation)
            if self._replay is not None:
                self._replay.append(operation)
            self._changed += changed
            if self._changed >= OPTIMISE_AFTER:
                self._start_optimiser()

    # --- Reads ----------------------------------------------------------------------------------------
    def state(self) -> CollectionState:
        size, written_at = self._generations.size()
        if self._shard is None:
            return CollectionState(damage=self.damage, bytes_on_disk=size, written_at=written_at)
        with self._errors():
            info = self._open().info()
        return CollectionState(
            points=int(info.points_count),
            vectors=self.vector_counts(),
            segments=int(info.segments_count),
            optimised=self._optimiser is None,
            bytes_on_disk=size,
            written_at=written_at,
            damage=self.damage,
        )

    def hybrid(self, request: HybridRequest) -> list[Match]:
        return matches(
            request,
            ask=self._nearest,
            first=lambda where, limit: self.scroll(where, limit, None, None)[0],
            retrieve=self.retrieve,
        )

    def _nearest(self, asked: Sequence[Nearest]) -> list[list[Scored]]:
        with self._errors():
            answers = self._open().query_batch(edge.QueryBatchRequest([to_query(one) for one in asked]))
        return [[(str(point.id), float(point.score)) for point in answer] for answer in answers]

    # --- The optimised copy ---------------------------------------------------------------------------
    def _start_optimiser(self) -> None:
        if self._optimiser is None:
            self._optimiser = threading.Thread(target=self._optimise, name=f"optimise-{self.name}")
            self._optimiser.start()

    def _optimise(self) -> None:
        self._closing.wait(_QUIET_S)  # the rest of the batch that is being written
        copy: Path | None = None
        status: int | None = None
        try:
            copy = self._copy()
            if copy is None:
                return
            status = self._run_child(copy)
            if status == 0:
                self._swap(copy)
            elif status != _ALREADY_OPTIMAL and not self._closing.is_set():
                _log.warning("The index %s could not be optimised (%s); it goes on as it is.", self.name, status)
        except (CatalogError, OSError) as error:
            status = None
            _log.warning("The index %s could not be optimised; it goes on as it is: %s", self.name, error)
        finally:
            with self._lock:
                self._replay = None
                self._child = None
                self._optimiser = None
                if copy is not None and self._generations.current != copy:
                    shutil.rmtree(copy, ignore_errors=True)
                # What was written meanwhile may be enough for the next run.
                again = status in (0, _ALREADY_OPTIMAL) and self._changed >= OPTIMISE_AFTER
                if again and not self._closing.is_set():
                    self._start_optimiser()

    def _run_child(self, copy: Path) -> int | None:
        command = [sys.executable, "-m", "apps.catalog.engine.adapters.optimise", str(copy)]
        with self._lock:
            if self._closing.is_set():
                return None
            self._child = subprocess.Popen(command, cwd=_ROOT)  # noqa: S603 - our own module, a path of ours
        return self._child.wait()

    def _copy(self) -> Path | None:
        with self._lock:
            if self._closing.is_set():
                return None
            self._changed = 0  # also where this fails: the next try is after as many writes again
            with self._errors():
                self._shard.flush()
            copy = self._generations.copy()
            self._replay = []
            return copy

    def _swap(self, copy: Path) -> None:
        with self._errors():
            optimised = edge_shard.load(copy)
            for _ in range(_ROUNDS):
                if not self._replay_on(optimised):
                    break
            optimised.flush()
        with self._lock:
            if self._closing.is_set():
                return
            with self._errors():
                self._replay_on(optimised)
                optimised.flush()
            old = self._generations.current
            self._generations.point_to(copy)  # first: where the disk is full, the old shard stays
            # A read that is under way holds its own reference to the old shard, and may end on it.
            self._shard = optimised
        shutil.rmtree(old, ignore_errors=True)

    def _replay_on(self, optimised: Any) -> int:
        """What was written since the copy was made, or since the last time; returns how many writes that were."""
        with self._lock:
            operations, self._replay = self._replay or [], []
        for operation in operations:
            if self._closing.is_set():  # then it takes no place
                return 0
            optimised.update(operation)
        return len(operations)


def _unreadable(shard: Path) -> str:
    """Why this shard cannot be read from end to end; empty when it can."""
    command = [sys.executable, "-m", "apps.catalog.engine.adapters.check", str(shard)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our module
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (said[-1] if said else f"reading it ended with {done.returncode}")

"""The optimised copy that takes a shard's place while others go on writing and reading."""

from __future__ import annotations

import errno
import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import qdrant_edge as edge

from apps.catalog.engine.adapters import edge_collection
from apps.catalog.engine.adapters.edge_collection import EdgeCollection
from apps.catalog.engine.adapters.generations import Generations
from apps.catalog.engine.embedding import to_bytes
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.records import CollectionSpec, Equals, HybridRequest, Ids, Point

SPEC = CollectionSpec(
    name="things", dense_size=8, lexical=False, fields={"store_id": "keyword", "shelf": "integer"}
)
GENERATOR = np.random.default_rng(7)


def points(count: int, shelf: int) -> list[Point]:
    return [
        Point(
            id=str(uuid.uuid4()),
            dense=to_bytes(GENERATOR.normal(size=8).astype(np.float32)),
            payload={"store_id": "one", "shelf": shelf},
        )
        for _ in range(count)
    ]


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EdgeCollection]:
    monkeypatch.setattr(edge_collection, "OPTIMISE_AFTER", 300)
    monkeypatch.setattr(edge_collection, "_QUIET_S", 0.0)
    # So that 300 points are worth an index to the engine itself.
    made = EdgeCollection(name="things", directory=tmp_path / "things", indexing_threshold_kb=1)
    made.create(SPEC)
    made.ensure_fields(SPEC)
    yield made
    made.close()


def wait_for_generation(directory: Path, generation: str) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (directory / "current").read_text() == generation:
            return True
        time.sleep(0.02)
    return False


def test_writes_that_come_during_the_optimisation_are_in_the_copy_too(
    collection: EdgeCollection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = points(400, shelf=1), points(5, shelf=2)
    run_child = EdgeCollection._run_child

    def write_meanwhile(self: EdgeCollection, copy: Path) -> int | None:
        self.upsert(late)
        self.delete((Equals("shelf", 3),))
        self.set_payload((Ids((early[0].id,)),), {"shelf": 9})
        return run_child(self, copy)

    monkeypatch.setattr(EdgeCollection, "_run_child", write_meanwhile)
    collection.upsert(points(3, shelf=3))
    collection.upsert(early)
    assert wait_for_generation(tmp_path / "things", "2")
    assert collection.count((Equals("shelf", 1),)) == 399
    assert collection.count((Equals("shelf", 2),)) == 5
    assert collection.count((Equals("shelf", 3),)) == 0
    assert collection.retrieve([early[0].id])[early[0].id]["shelf"] == 9
    request = HybridRequest(
        where=(Equals("shelf", 2),), scope=(Equals("store_id", "one"),), dense=late[0].dense, sparse=None, limit=1
    )
    assert collection.hybrid(request)[0].id == late[0].id


def test_the_optimisation_ends_while_others_write_without_a_pause(
    collection: EdgeCollection, tmp_path: Path
) -> None:
    done, written = threading.Event(), points(400, shelf=1)

    def write() -> None:
        while not done.is_set():
            some = points(8, shelf=2)
            collection.upsert(some)
            written.extend(some)

    collection.upsert(written)
    writer = threading.Thread(target=write)
    writer.start()
    swapped = wait_for_generation(tmp_path / "things", "2")
    done.set()
    writer.join()
    assert swapped
    assert collection.retrieve([one.id for one in written]).keys() == {one.id for one in written}


def test_writes_that_come_as_fast_as_they_are_replayed_wait_for_the_last_round_alone(
    collection: EdgeCollection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, run_child = edge.EdgeShard.load, EdgeCollection._run_child
    free: list[bool] = []
    burst = 5

    class Replayed:
        """The optimised copy. With every write that is replayed on it another one comes, if it need not wait."""

        def __init__(self, shard: Any) -> None:
            self._shard = shard

        def update(self, operation: object) -> None:
            self._shard.update(operation)
            with ThreadPoolExecutor(1) as other:
                free.append(other.submit(self._write_unless_held).result())

        def _write_unless_held(self) -> bool:
            if not collection._lock.acquire(blocking=False):
                return False
            collection.upsert(points(1, shelf=2))
            collection._lock.release()
            return True

        def __getattr__(self, name: str) -> Any:
            return getattr(self._shard, name)

    def write_meanwhile(self: EdgeCollection, copy: Path) -> int | None:
        for _ in range(burst):
            self.upsert(points(1, shelf=2))
        return run_child(self, copy)

    monkeypatch.setattr(EdgeCollection, "_run_child", write_meanwhile)
    monkeypatch.setattr(edge.EdgeShard, "load", lambda path: Replayed(load(path)))
    collection.upsert(points(400, shelf=1))
    assert wait_for_generation(tmp_path / "things", "2")
    assert free == [True] * burst * edge_collection._ROUNDS + [False] * burst
    assert collection.count((Equals("shelf", 2),)) == burst * (edge_collection._ROUNDS + 1)


def test_what_was_swapped_is_what_the_next_host_loads(
    collection: EdgeCollection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.upsert(points(400, shelf=1))
    assert wait_for_generation(tmp_path / "things", "2")
    monkeypatch.setattr(edge_collection, "OPTIMISE_AFTER", 10_000)  # no third generation is begun
    collection.upsert(points(7, shelf=2))
    collection.close()
    again = EdgeCollection(name="things", directory=tmp_path / "things")
    again.load()
    assert again.count(()) == 407
    assert [path.name for path in (tmp_path / "things").iterdir() if path.is_dir()] == ["2"]
    again.close()


def test_an_optimiser_that_fails_leaves_the_shard_as_it_is(
    collection: EdgeCollection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(EdgeCollection, "_run_child", lambda self, copy: 1)
    collection.upsert(points(400, shelf=1))
    deadline = time.monotonic() + 60
    while "could not be optimised" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "could not be optimised" in caplog.text
    assert (tmp_path / "things" / "current").read_text() == "1"
    assert collection.count(()) == 400


def test_many_writes_during_a_run_begin_the_next_one(
    collection: EdgeCollection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_child = EdgeCollection._run_child
    late = [points(400, shelf=2)]

    def write_meanwhile(self: EdgeCollection, copy: Path) -> int | None:
        if late:
            self.upsert(late.pop())
        return run_child(self, copy)

    monkeypatch.setattr(EdgeCollection, "_run_child", write_meanwhile)
    collection.upsert(points(400, shelf=1))
    assert wait_for_generation(tmp_path / "things", "3")
    assert collection.count(()) == 800


def test_a_copy_takes_no_more_of_the_disk_than_what_it_is_a_copy_of(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    generations = Generations(tmp_path)
    generations.point_to(tmp_path / "1")
    pieces = {0: b"a" * 9_000, 3_000_000: b"b" * 5_000_000, 20_000_000: b"c"}
    with (tmp_path / "1" / "sparse").open("wb") as file:
        for start, piece in pieces.items():
            file.seek(start)
            file.write(piece)
        file.truncate(30_000_000)
    (tmp_path / "1" / "hole").touch()
    os.truncate(tmp_path / "1" / "hole", 30_000_000)
    before, _ = generations.size()
    copy = generations.copy()
    after, _ = generations.size()
    assert after <= 2.2 * before < 12_000_000
    for name in ("sparse", "hole"):
        assert (copy / name).read_bytes() == (tmp_path / "1" / name).read_bytes()


def test_a_full_disk_leaves_no_part_of_a_copy_and_is_not_tried_with_every_write(
    collection: EdgeCollection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[Path] = []

    def full(source: Path, target: Path, **_: object) -> None:
        tried.append(target)
        target.mkdir()
        (target / "part").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copytree", full)
    collection.upsert(points(400, shelf=1))
    deadline = time.monotonic() + 60
    while (collection._optimiser is not None or not tried) and time.monotonic() < deadline:
        time.sleep(0.02)
    collection.upsert(points(1, shelf=1))
    assert collection._optimiser is None
    assert len(tried) == 1
    assert not tried[0].exists()
    assert "could not be optimised" in caplog.text
    assert collection.count(()) == 401


def test_closing_ends_a_running_optimiser(
    tmp_path: Path, collection: EdgeCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[int | None] = []
    run_child = EdgeCollection._run_child

    def watch(self: EdgeCollection, copy: Path) -> int | None:
        ends.append(run_child(self, copy))
        return ends[-1]

    monkeypatch.setattr(EdgeCollection, "_run_child", watch)
    collection.upsert(points(400, shelf=1))
    deadline = time.monotonic() + 60
    while collection._child is None and time.monotonic() < deadline:
        time.sleep(0.001)
    collection.close()
    assert ends == [-signal.SIGTERM]
    again = EdgeCollection(name="things", directory=tmp_path / "things")
    again.load()
    assert again.count(()) == 400
    again.close()


def test_closing_waits_for_reads_that_are_under_way(collection: EdgeCollection) -> None:
    """A host that is stopped serves until then; Edge refuses to close a shard that is being read."""
    collection.upsert(points(250, shelf=1))
    refused: list[str] = []

    def read() -> None:
        try:
            while True:
                collection.count((Equals("shelf", 1),))
        except CatalogError as error:
            refused.append(error.code)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    time.sleep(0.2)
    collection.close()
    for reader in readers:
        reader.join()
    assert refused == ["index_unreachable"] * 4

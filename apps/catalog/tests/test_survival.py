"""Queries go on while the index is made again, and what was acknowledged outlives a host that is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.adapters.server import ServerBackend
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder, to_bytes
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import CollectionSpec, Payload, Point
from apps.catalog.tests.shop import SHOP

STORE = "shop"


class OtherModel(HashingEmbedder):
    """Another model, whose vectors have another size."""

    name = "another-v1"
    size = 96


@dataclass
class Asked:
    answers: int = 0
    empty: int = 0
    errors: list[CatalogError] = field(default_factory=list)


@contextmanager
def asking(catalog: Catalog) -> Iterator[Asked]:
    """Another thread asks without a pause for as long as this lasts."""
    asked, stop = Asked(), threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                hits = catalog.search(store_id=STORE, query=SearchQuery(text="studio headphones")).hits
            except CatalogError as error:
                asked.errors.append(error)
            else:
                asked.answers += 1
                asked.empty += not hits

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield asked
    finally:
        stop.set()
        thread.join()


@pytest.fixture(params=["edge host", *(["server"] if settings.QDRANT_URL else [])])
def backend(request: pytest.FixtureRequest, own_host: Path, patient_reads: None) -> Iterator[VectorBackend]:
    """No local mode of qdrant-client: it is not safe to call from several threads."""
    made: VectorBackend = HostClient(own_host)
    if request.param == "server":
        made = ServerBackend.connect(url=settings.QDRANT_URL, api_key=settings.QDRANT_API_KEY)
        for alias in ("products", "intents"):
            name = made.alias(alias)
            if name is not None:
                made.drop(name)
    yield made
    made.close()


def test_no_question_fails_or_finds_nothing_while_another_model_takes_over(backend: VectorBackend) -> None:
    """Asked are the process that does it, and one that hears of it by the alias alone."""
    bystander = Catalog(embeddings=EmbeddingService(HashingEmbedder), backend=backend)
    bystander.index(store_id=STORE, products=SHOP, sync_run="run-1")
    catalog = Catalog(embeddings=EmbeddingService(OtherModel), backend=backend)
    assert catalog.health().rebuilding
    with asking(catalog) as asked, asking(bystander) as aside:
        catalog.rebuild()
        catalog.rebuild_index()
        before = aside.answers
        while aside.answers < before + 20 and not aside.errors:
            time.sleep(0.01)
    assert not catalog.health().rebuilding
    assert catalog.count(store_id=STORE) == len(SHOP)
    assert (asked.empty, asked.errors) == (0, [])
    assert (aside.empty, aside.errors) == (0, [])


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


def test_a_rebuild_that_is_killed_leaves_the_old_index_and_no_rest(tmp_path: Path) -> None:
    host = HostProcess(tmp_path)
    backend = HostClient(tmp_path, start_host=host.start)
    catalog = Catalog(embeddings=EmbeddingService(HashingEmbedder), backend=backend)
    catalog.index(store_id=STORE, products=SHOP, sync_run="run-1")
    before = catalog.vectors.active()

    def die(new: str, old: Mapping[str, Payload]) -> list[int]:
        dense = to_bytes(np.ones(HashingEmbedder.size, dtype=np.float32))
        backend.upsert(new, [Point(id=str(uuid.uuid4()), dense=dense, payload={"store_id": STORE})])
        raise Killed

    with pytest.raises(Killed):
        catalog.vectors.take_over(die, always=True)
    assert catalog.vectors.active() == before
    assert catalog.count(store_id=STORE) == len(SHOP)
    assert len(backend.collections()) == 2
    host.stop()
    assert backend.collections() == [before]  # the next host clears away what was begun
    assert catalog.count(store_id=STORE) == len(SHOP)
    host.stop()


def test_a_rebuild_that_is_killed_behind_its_fence_leaves_no_rest_either(tmp_path: Path) -> None:
    host = HostProcess(tmp_path)
    backend = HostClient(tmp_path, start_host=host.start)
    catalog = Catalog(embeddings=EmbeddingService(HashingEmbedder), backend=backend)
    catalog.index(store_id=STORE, products=SHOP, sync_run="run-1")
    before = catalog.vectors.active()
    rest = f"{before}-dead00"
    catalog.vectors.make(rest)
    backend.point_alias(f"moving.{rest}", rest)
    host.stop()
    assert backend.aliases() == {"products": before}
    assert backend.collections() == [before]
    with pytest.raises(CatalogError, match="no collection"):  # who is alive all the same swaps to nothing
        backend.point_alias(f"moving.{rest}", rest)
    host.stop()
    assert backend.aliases() == {"products": before}
    host.stop()


def test_what_was_acknowledged_is_there_after_the_host_was_killed_in_mid_upsert(tmp_path: Path) -> None:
    host = HostProcess(tmp_path)
    host.start()
    reader = HostClient(tmp_path)
    reader.ensure(CollectionSpec(name="things", dense_size=8, lexical=False, fields={"store_id": "keyword"}))
    reader.point_alias("all", "things")
    acknowledged: list[str] = []

    def write() -> None:
        writer = HostClient(tmp_path)
        while True:
            ids = [str(uuid.uuid4()) for _ in range(50)]
            dense = to_bytes(np.random.default_rng().normal(size=8).astype(np.float32))
            try:
                writer.upsert("things", [Point(id=id_, dense=dense, payload={"store_id": "one"}) for id_ in ids])
            except CatalogError:
                return
            acknowledged.extend(ids)

    thread = threading.Thread(target=write)
    thread.start()
    while len(acknowledged) < 500:
        time.sleep(0.005)
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)
    thread.join()
    host.stop()
    host.start()
    found: set[str] = set()
    for start in range(0, len(acknowledged), 500):
        found |= reader.retrieve("things", acknowledged[start : start + 500], ["store_id"]).keys()
    assert found == set(acknowledged)
    assert reader.state("things").damage == ""
    host.stop()


def test_writes_during_a_kill_are_made_whole_by_the_next_sync(tmp_path: Path) -> None:
    host = HostProcess(tmp_path)
    catalog = Catalog(
        embeddings=EmbeddingService(HashingEmbedder), backend=HostClient(tmp_path, start_host=host.start)
    )
    catalog.index(store_id=STORE, products=SHOP[:3], sync_run="run-1")
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)
    host.stop()
    report = catalog.index(store_id=STORE, products=SHOP, sync_run="run-2")
    assert (report.unchanged, report.indexed) == (3, len(SHOP) - 3)
    assert catalog.vectors.verify().problems == []
    host.stop()

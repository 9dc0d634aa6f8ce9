"""Files that cannot be read: one clear error, nobody else harmed, no loop of crashes, and a way back."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from apps.catalog.engine.adapters.edge_collection import EdgeCollection
from apps.catalog.engine.adapters.edge_errors import edge_errors
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder, to_bytes
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Between, CollectionSpec, Point
from apps.catalog.tests.shop import SHOP

STORE = "shop"
COMMAND = r"manage\.py index rebuild"


def file_of(directory: Path, collection: str, pattern: str) -> Path:
    return next(path for path in directory.glob(f"collections/{collection}*/*/segments/*/{pattern}"))


def cannot_be_loaded(directory: Path) -> None:
    file_of(directory, "products", "segment.json").write_text("{")


def cannot_be_read(directory: Path) -> None:
    """It loads, and only who reads a payload comes upon it."""
    os.truncate(file_of(directory, "products", "payload_storage/page_0.dat"), 4096)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[HostProcess]:
    host = HostProcess(tmp_path)
    yield host
    host.stop()


@pytest.fixture
def shop(host: HostProcess) -> Catalog:
    """A catalogue of words with products and intents, whose host starts again by itself."""
    backend = HostClient(host.directory, start_host=host.start)
    catalog = Catalog(embeddings=EmbeddingService(HashingEmbedder), backend=backend)
    catalog.index(store_id=STORE, products=SHOP, sync_run="run-1")
    catalog.intents.sync(examples={"greet": ["hello there"]})
    return catalog


@pytest.mark.parametrize("damage", [cannot_be_loaded, cannot_be_read])
def test_a_damaged_index_is_one_clear_error_and_can_be_made_again(
    shop: Catalog, host: HostProcess, damage: Callable[[Path], None]
) -> None:
    host.stop()
    damage(host.directory)
    query = SearchQuery(text="headphones")
    for call in (
        lambda: shop.search(store_id=STORE, query=query),
        lambda: list(shop.scroll(store_id=STORE)),
        lambda: shop.index(store_id=STORE, products=SHOP, sync_run="run-2"),
    ):
        with pytest.raises(CatalogError, match=COMMAND) as caught:
            call()
        assert (caught.value.code, caught.value.retryable) == ("index_damaged", False)
    health = shop.health()
    assert not health.ok
    assert "manage.py index rebuild" in health.error
    assert shop.intents.match(text="hello there")[0].score > 0.99  # another collection goes on
    assert "damaged" in " ".join(shop.vectors.verify().problems) or damage is cannot_be_loaded

    assert shop.rebuild_index() is False
    assert (host.directory / "damaged" / shop.vectors.own_name).is_dir()
    assert shop.health().ok
    assert shop.count(store_id=STORE) == 0
    shop.index(store_id=STORE, products=SHOP, sync_run="run-3")
    assert shop.search(store_id=STORE, query=query).hits


def test_a_sound_index_is_made_again_with_nothing_lost(shop: Catalog, host: HostProcess) -> None:
    before = shop.vectors.active()
    assert shop.rebuild_index() is True
    assert shop.vectors.active() != before
    assert shop.count(store_id=STORE) == len(SHOP)
    assert shop.vectors.verify().problems == []


@pytest.mark.parametrize(
    "said",
    ["IO Error: No space left on device (os error 28)", "IO Error: Too many open files (os error 24)"],
)
def test_an_exhausted_system_is_no_damage_of_the_index(said: str) -> None:
    with pytest.raises(CatalogError, match="exhausted") as caught, edge_errors("products"):
        raise RuntimeError(said)
    assert (caught.value.code, caught.value.retryable) == ("index_failed", True)


def test_an_index_that_could_not_be_opened_for_want_of_files_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = EdgeCollection(name="things", directory=tmp_path)
    made.create(CollectionSpec(name="things", dense_size=4, lexical=False))
    made.close()

    def refuse(path: str) -> None:
        raise RuntimeError("IO Error: Too many open files (os error 24)")

    monkeypatch.setattr("qdrant_edge.EdgeShard", SimpleNamespace(load=refuse))
    again = EdgeCollection(name="things", directory=tmp_path)
    again.load()
    with pytest.raises(CatalogError, match="exhausted") as caught:
        again.count(())
    assert caught.value.code == "index_failed"


def test_a_rebuild_whose_new_index_cannot_be_written_keeps_the_old_one(
    shop: Catalog, host: HostProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str, points: object) -> None:
        raise CatalogError("index_damaged", f"The index {name} is damaged on disk.")

    monkeypatch.setattr(shop.vectors.backend, "upsert", broken)
    with pytest.raises(CatalogError, match="damaged"):
        shop.rebuild_index()
    assert shop.count(store_id=STORE) == len(SHOP)
    assert not (host.directory / "damaged").exists()


def test_damaged_intents_are_learnt_again_by_themselves(shop: Catalog, host: HostProcess) -> None:
    host.stop()
    file_of(host.directory, "intents", "segment.json").write_text("{")
    with pytest.raises(CatalogError, match="damaged"):
        shop.intents.match(text="hello there")
    shop.intents.sync(examples={"greet": ["hello there"]})
    assert shop.intents.match(text="hello there")[0].score > 0.99
    assert shop.count(store_id=STORE) == len(SHOP)


def test_after_two_hosts_that_died_the_next_one_tries_each_collection_out(
    shop: Catalog, host: HostProcess
) -> None:
    """A file may kill who reads it. So a process of its own reads everything, and what ends that is not opened."""
    host.stop()
    cannot_be_read(host.directory)
    for died in range(2):
        host.start()
        assert shop.vectors.health().state.damage == "", died
        assert host.pid is not None
        os.kill(host.pid, signal.SIGKILL)
        host.stop()
    host.start()
    assert "damaged" in shop.vectors.health().state.damage
    assert shop.intents.match(text="hello there")[0].score > 0.99
    host.stop()  # a good end: nothing is suspected any more
    host.start()
    assert shop.vectors.health().state.damage == ""


def test_a_panic_of_the_engine_is_an_error_and_not_the_end_of_the_host(index_host: Path) -> None:
    client, name = HostClient(index_host), f"test-{uuid.uuid4().hex}"
    client.ensure(CollectionSpec(name=name, dense_size=4, lexical=False, fields={"price": "float"}))
    one = Point(id=str(uuid.uuid4()), dense=to_bytes(np.ones(4, np.float32)), payload={"price": 1.0})
    client.upsert(name, [one])
    limit = Between("price", gte=1.0)
    object.__setattr__(limit, "gte", float("nan"))  # what `Between` itself refuses
    with pytest.raises(CatalogError) as caught:
        client.count(name, (limit,))
    assert caught.value.code == "index_damaged"
    assert client.count(name, (Between("price", gte=1.0),)) == 1
    client.drop(name)

"""Others write while a collection takes another's place: what was acknowledged is in the one that counts."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from qdrant_client import QdrantClient

from apps.catalog.engine import fence, moving
from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.adapters.server import ServerBackend
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.payload import point_id, to_product
from apps.catalog.engine.records import Ids, Payload
from apps.catalog.product import Product
from apps.catalog.tests.shop import SHOP

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")
STORE = "shop"
CONNECTORS = ("one", "two")
REBUILDS = 2


class OneAtATime:
    """qdrant-client's local mode is not safe to call from several threads; each call of a server is one too."""

    def __init__(self, backend: VectorBackend) -> None:
        self._backend = backend
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._backend, name)

        def alone(*arguments: Any, **named: Any) -> Any:
            with self._lock:
                return method(*arguments, **named)

        return alone


class Hooked:
    """A backend of which one process calls something else; the others keep theirs."""

    def __init__(self, backend: VectorBackend, **methods: Callable[..., Any]) -> None:
        self._backend = backend
        self._methods = methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._backend, name)


@pytest.fixture(params=["edge host", "qdrant-client"])
def connect(
    request: pytest.FixtureRequest, own_host: Path, patient_reads: None
) -> Iterator[Callable[[], VectorBackend]]:
    """Gives each process of a test a connection of its own."""
    if request.param == "edge host":
        yield lambda: HostClient(own_host)
        return
    local = QdrantClient(":memory:")
    server = cast(VectorBackend, OneAtATime(ServerBackend(reader=local, writer=local)))
    yield lambda: server
    local.close()


def catalog_of(backend: VectorBackend) -> Catalog:
    return Catalog(embeddings=EmbeddingService(HashingEmbedder), backend=backend)


class Writer:
    """Syncs, single updates and deletions at random, and what the index has to hold after each of them."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.expected: dict[str, tuple[Product, str, str]] = {}  # by product id; the run that saw it, and wrote it
        self.deeds = 0
        self._random = random.Random(7)  # noqa: S311 - the same deeds in every run

    def put(self, *products: Product) -> None:
        run = self._next_run()
        self.catalog.index(store_id=STORE, products=products, sync_run=run)
        for product in products:
            before = self.expected.get(product.product_id)
            written = before[2] if before and before[0] == product else run
            self.expected[product.product_id] = (product, run, written)

    def delete(self) -> None:
        ids = self._random.sample(sorted(self.expected), 2)
        assert self.catalog.delete(store_id=STORE, product_ids=ids) == 2
        for id_ in ids:
            del self.expected[id_]

    def sync(self) -> None:
        """Most products are as they were, some are not there any more, one is new."""
        connector = self._random.choice(CONNECTORS)
        mine = [one for one, _, _ in self.expected.values() if one.connector_id == connector]
        seen = [one for one in mine if self._random.random() < 0.97]
        new = self._random.choice(SHOP).model_copy(
            update={"product_id": f"new-{self.deeds}", "connector_id": connector}
        )
        self.put(*seen, new)
        removed = self.catalog.remove_stale(
            store_id=STORE, connector_id=connector, sync_run=self.expected[new.product_id][1]
        )
        assert removed == len(mine) - len(seen)
        for one in mine:
            if one not in seen:
                del self.expected[one.product_id]

    def change(self) -> None:
        product = self.expected[self._random.choice(sorted(self.expected))][0]
        other = {"price": float(self.deeds)} if self._random.random() < 0.5 else {"title": f"Thing {self.deeds}"}
        self.put(product.model_copy(update=other))

    def go_on(self) -> None:
        self._random.choice([self.delete, self.sync, self.change, self.change])()

    def _next_run(self) -> str:
        self.deeds += 1
        return f"run-{self.deeds}"


def content(catalog: Catalog) -> dict[str, tuple[Product, str, str]]:
    return {
        payload["product_id"]: (to_product(payload), payload["sync_run"], payload["written_by"])
        for _, payload in catalog.vectors.scroll(store_id=STORE)
    }


def test_what_others_write_mark_and_delete_during_a_rebuild_is_neither_lost_nor_undone(
    connect: Callable[[], VectorBackend],
) -> None:
    writer = Writer(catalog_of(connect()))
    shelf = [
        one.model_copy(update={"product_id": f"{one.product_id}-{number}", "connector_id": CONNECTORS[number % 2]})
        for number in range(150 // len(SHOP) + 1)
        for one in SHOP
    ]
    writer.put(*shelf)
    done = threading.Event()
    problems: list[Exception] = []

    def write() -> None:
        try:
            while not done.is_set():
                writer.go_on()
        except Exception as error:  # told in the test's own thread
            problems.append(error)

    writing = threading.Thread(target=write)
    writing.start()
    other = catalog_of(connect())
    deeds: list[int] = []
    for _ in range(REBUILDS):
        other.rebuild_index()
        deeds.append(writer.deeds)
    done.set()
    writing.join()
    assert problems == []
    assert deeds[0] > 1  # there was something to lose
    assert content(other) == writer.expected
    assert other.vectors.verify().problems == []
    vectors = other.vectors.backend.vectors(
        other.vectors.active(), (Ids(tuple(point_id(STORE, id_) for id_ in writer.expected)),), limit=1_000
    )
    for product, _, _ in writer.expected.values():
        (made,) = other.embeddings.documents([product.embedding_text()])
        kept = np.frombuffer(vectors[point_id(STORE, product.product_id)]["text"], dtype="<f4")
        assert np.allclose(kept, made, atol=1e-6)
    assert len(other.vectors.backend.collections()) == 1


def test_who_writes_at_the_moment_of_the_swap_hears_of_it_only_when_it_is_in_the_new_one(
    connect: Callable[[], VectorBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its change comes after the last walk: in the old collection it would be lost."""
    catalog, writer = catalog_of(connect()), Writer(catalog_of(connect()))
    writer.put(*SHOP)
    dearer = SHOP[0].model_copy(update={"price": 1.0})
    removed: list[int] = []

    def write() -> None:
        writer.put(dearer)
        removed.append(writer.catalog.delete(store_id=STORE, product_ids=[SHOP[1].product_id]))

    writing = threading.Thread(target=write)
    rename = catalog.vectors.backend.rename_alias

    def late(alias: str, new: str) -> None:
        writing.start()
        writing.join(0.3)
        assert writing.is_alive()  # it waits
        rename(alias, new)

    monkeypatch.setattr(catalog.vectors.backend, "rename_alias", late, raising=False)
    catalog.rebuild_index()
    writing.join()
    del writer.expected[SHOP[1].product_id]
    assert content(catalog) == writer.expected
    assert removed == [1]


def test_a_walk_writes_only_what_was_changed_since_the_last_one(connect: Callable[[], VectorBackend]) -> None:
    catalog = catalog_of(connect())
    catalog.index(store_id=STORE, products=SHOP, sync_run="run-1")
    written: list[list[str]] = []

    def write(new: str, old: Mapping[str, Payload]) -> Iterator[int]:
        if not written:  # while the first walk goes on, so that the second one finds it
            catalog.index(store_id=STORE, products=SHOP[1:], sync_run="run-2")
            catalog.index(store_id=STORE, products=[SHOP[0].model_copy(update={"price": 1.0})], sync_run="run-3")
        written.append(sorted(payload["product_id"] for payload in old.values()))
        yield from catalog._indexer._copy(new, old)

    catalog.vectors.take_over(write, always=True)
    assert written[0] == sorted(one.product_id for one in SHOP)
    assert written[1:] == [[SHOP[0].product_id]]
    assert {run for _, run, _ in content(catalog).values()} == {"run-2", "run-3"}


def test_a_rebuild_that_died_behind_its_fence_holds_nobody_up_for_ever(
    connect: Callable[[], VectorBackend], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fence, "_PATIENCE_S", 0.1)
    catalog = catalog_of(connect())
    catalog.index(store_id=STORE, products=SHOP[:3], sync_run="run-1")
    catalog.vectors.backend.point_alias("moving.products-of-the-dead", catalog.vectors.active())
    catalog.index(store_id=STORE, products=SHOP, sync_run="run-2")
    assert catalog.count(store_id=STORE) == len(SHOP)
    assert "Nobody has finished the rebuild moving.products-of-the-dead" in caplog.text
    assert list(catalog.vectors.backend.aliases()) == ["products"]


def test_a_fence_that_was_torn_down_is_put_up_again_and_nothing_is_embedded_twice(
    connect: Callable[[], VectorBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence, "_PATIENCE_S", 0.1)
    catalog, writer = catalog_of(connect()), Writer(catalog_of(connect()))
    writer.put(*SHOP[:3])
    before = catalog.vectors.active()
    walk = moving.Move._walk
    torn: list[int] = []
    written: list[str] = []

    def slow(self: moving.Move, *arguments: Any) -> int:
        count = walk(self, *arguments)
        if not torn and any(name.startswith("moving.") for name in catalog.vectors.backend.aliases()):
            torn.append(count)
            writer.put(*SHOP)
        return count

    def write(new: str, old: Mapping[str, Payload]) -> Iterator[int]:
        written.extend(payload["product_id"] for payload in old.values())
        yield from catalog._indexer._copy(new, old)

    monkeypatch.setattr(moving.Move, "_walk", slow)
    catalog.vectors.take_over(write, always=True)
    assert torn == [0]
    assert catalog.vectors.active() != before
    assert content(catalog) == writer.expected
    assert sorted(written) == sorted(one.product_id for one in SHOP)
    assert len(catalog.vectors.backend.collections()) == 1


def test_a_fence_goes_up_when_little_is_left_however_many_walks_that_takes(
    connect: Callable[[], VectorBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_FEW", 1)
    catalog, writer = catalog_of(connect()), Writer(catalog_of(connect()))
    writer.put(*SHOP)
    walk = moving.Move._walk
    changes: list[int] = []

    def busy(self: moving.Move, *arguments: Any) -> int:
        if 0 < len(changes) < 8:
            writer.put(*(one.model_copy(update={"price": float(len(changes))}) for one in SHOP[:2]))
        changes.append(walk(self, *arguments))
        return changes[-1]

    monkeypatch.setattr(moving.Move, "_walk", busy)
    catalog.rebuild_index()
    assert changes == [len(SHOP), *[2] * 7, 0, 0]
    assert content(catalog) == writer.expected


@pytest.mark.parametrize("comes_back", [True, False])
def test_what_is_gone_when_it_is_copied_is_looked_at_again(
    connect: Callable[[], VectorBackend], monkeypatch: pytest.MonkeyPatch, comes_back: bool
) -> None:
    """Put back alike it looks like what was walked by; and the new collection may have an older state of it."""
    catalog, writer = catalog_of(connect()), Writer(catalog_of(connect()))
    writer.put(*SHOP)
    old, changed = catalog.vectors.active(), SHOP[0].model_copy(update={"price": 1.0})
    id_ = point_id(STORE, changed.product_id)
    retrieve, asked = catalog.vectors.backend.retrieve, []

    def late(name: str, ids: Sequence[str], *arguments: Any, **named: Any) -> dict[str, Payload]:
        found = retrieve(name, ids, *arguments, **named)
        if name == old and id_ in ids:
            asked.append(len(ids))
            if len(asked) == 1:
                writer.put(changed)
            elif len(asked) == 2:
                del found[id_]
                if not comes_back:
                    writer.catalog.delete(store_id=STORE, product_ids=[changed.product_id])
                    del writer.expected[changed.product_id]
        return found

    backend = Hooked(catalog.vectors.backend, retrieve=late)
    monkeypatch.setattr(catalog.vectors, "backend", backend)
    catalog.rebuild_index()
    assert asked[:2] == [len(SHOP), 1]
    assert content(catalog) == writer.expected


def test_a_rebuild_that_was_not_waited_for_swaps_nothing(
    connect: Callable[[], VectorBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence, "_PATIENCE_S", 0.1)
    catalog, writer = catalog_of(connect()), Writer(catalog_of(connect()))
    writer.put(*SHOP[:3])
    before = catalog.vectors.active()
    walk = moving.Move._walk

    def slow(self: moving.Move, *arguments: Any) -> int:
        count = walk(self, *arguments)
        if any(name.startswith("moving.") for name in catalog.vectors.backend.aliases()):
            writer.put(*SHOP)  # it loses its patience, and is acknowledged in the old collection
        return count

    monkeypatch.setattr(moving.Move, "_walk", slow)
    with pytest.raises(CatalogError, match="did not wait"):
        catalog.rebuild_index()
    assert catalog.vectors.active() == before
    assert content(catalog) == writer.expected
    assert catalog.vectors.backend.collections() == [before]


def test_a_swap_whose_answer_is_lost_is_made_all_the_same(
    connect: Callable[[], VectorBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = catalog_of(connect())
    catalog.index(store_id=STORE, products=SHOP, sync_run="run-1")
    before = catalog.vectors.active()
    rename = catalog.vectors.backend.rename_alias

    def lost(alias: str, new: str) -> None:
        rename(alias, new)
        raise CatalogError("index_unreachable", "The answer was lost.", retryable=True)

    monkeypatch.setattr(catalog.vectors.backend, "rename_alias", lost, raising=False)
    catalog.rebuild_index()
    assert catalog.vectors.active() != before
    assert catalog.vectors.backend.collections() == [catalog.vectors.active()]
    assert catalog.count(store_id=STORE) == len(SHOP)

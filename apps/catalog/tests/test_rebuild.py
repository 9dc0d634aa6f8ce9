"""An index of one model is never asked with another's vectors: it is made again, and readers go on meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.fence import Fence
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.images.settling import Settled
from apps.catalog.engine.payload import point_id, to_payload
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Payload
from apps.catalog.product import Product
from apps.catalog.tests.shop import SHOP

STORE = "shop"
WISH = SearchQuery(text="earphones to listen to a podcast")


@pytest.fixture
def wordy(own_host: Path) -> Catalog:
    """The catalogue of a process that has no model."""
    return Catalog(embeddings=EmbeddingService(HashingEmbedder), backend=HostClient(own_host))


@pytest.fixture
def clever(own_host: Path, embeddings: EmbeddingService) -> Catalog:
    return Catalog(embeddings=embeddings, backend=HostClient(own_host))


def titles(catalog: Catalog, query: SearchQuery) -> list[str]:
    return [hit.product.title for hit in catalog.search(store_id=STORE, query=query).hits]


def test_an_index_of_another_model_is_noticed_and_searched_by_words(wordy: Catalog, clever: Catalog) -> None:
    wordy.index(store_id=STORE, products=SHOP, sync_run="run-1")
    health = clever.health()
    assert health.ok
    assert health.rebuilding
    assert "hashing" in health.index_model
    assert titles(clever, SearchQuery(text="studio headphones")) == ["Studio Headphones"]


def test_the_next_write_makes_the_index_again_with_nothing_lost(
    wordy: Catalog, clever: Catalog, own_host: Path
) -> None:
    wordy.index(store_id=STORE, products=SHOP, sync_run="run-1")
    wordy.intents.sync(examples={"greet": ["hello there"]})
    report = clever.index(store_id=STORE, products=SHOP[:1], sync_run="run-2")
    assert report.unchanged == 1
    assert clever.count(store_id=STORE) == len(SHOP)
    assert titles(clever, WISH)[0] in {"Pocket Earbuds", "Studio Headphones"}
    assert not clever.health().rebuilding
    clever.intents.sync(examples={"greet": ["hello there"]})
    assert clever.intents.match(text="hello there")[0].score > 0.99
    assert len(HostClient(own_host).collections()) == 2  # products and intents; the old ones are gone


def test_warming_up_makes_it_again_in_the_background(wordy: Catalog, clever: Catalog) -> None:
    wordy.index(store_id=STORE, products=SHOP, sync_run="run-1")
    clever.warm_up()
    for thread in threading.enumerate():
        if thread.name == "rebuild-index":
            thread.join()
    assert not clever.health().rebuilding
    assert titles(clever, WISH)


def test_who_comes_second_gives_way(
    wordy: Catalog,
    clever: Catalog,
    own_host: Path,
    embeddings: EmbeddingService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wordy.index(store_id=STORE, products=SHOP, sync_run="run-1")
    second = Catalog(embeddings=embeddings, backend=HostClient(own_host))
    assert second.vectors.mismatched

    def overtaken(new: str, old: Mapping[str, Payload]) -> list[int]:
        clever.rebuild()
        monkeypatch.delattr(Fence, "before")  # it holds no writer up for nothing
        return []

    second.vectors.take_over(overtaken)
    assert second.count(store_id=STORE) == len(SHOP)
    assert len(HostClient(own_host).collections()) == 1


@pytest.mark.parametrize(
    "error", [CatalogError("index_failed", "the disk is full"), ValueError("the disk is full")]
)
def test_a_rebuild_that_breaks_leaves_the_old_index(
    wordy: Catalog, clever: Catalog, own_host: Path, error: Exception
) -> None:
    wordy.index(store_id=STORE, products=SHOP, sync_run="run-1")

    def broken(new: str, old: Mapping[str, Payload]) -> list[int]:
        raise error

    with pytest.raises(type(error), match="disk is full"):
        clever.vectors.take_over(broken)
    assert wordy.count(store_id=STORE) == len(SHOP)
    assert len(HostClient(own_host).collections()) == 1


def test_another_process_that_asks_meanwhile_never_finds_the_shop_empty(own_host: Path, clever: Catalog) -> None:
    clever.index(store_id=STORE, products=SHOP, sync_run="run-1")
    reader = Catalog(embeddings=clever.embeddings, backend=HostClient(own_host))
    counts: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            counts.append(reader.count(store_id=STORE))

    asking = threading.Thread(target=ask)
    asking.start()
    assert clever.rebuild_index()
    time.sleep(0.2)  # the old collection is gone now
    done.set()
    asking.join()
    assert set(counts) == {len(SHOP)}
    assert len(HostClient(own_host).collections()) == 1


def test_a_process_whose_index_was_taken_away_by_another_model_neither_mixes_nor_takes_it_back(
    wordy: Catalog, clever: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    """Two models in one installation would make the index again in turns, for ever."""
    wordy.index(store_id=STORE, products=SHOP, sync_run="run-1")
    points = list(wordy._indexer._points(*_of(SHOP[0])))
    clever.rebuild()
    wordy.vectors._resolved = None
    with pytest.raises(CatalogError, match="another one has another embedding model") as caught:
        wordy.vectors.upsert(store_id=STORE, points=points)
    assert caught.value.code == "other_model"
    with pytest.raises(CatalogError) as caught:
        wordy.index(store_id=STORE, products=SHOP, sync_run="run-2")
    assert caught.value.code == "other_model"
    assert clever.vectors.verify().problems == []
    health = wordy.health()
    assert (health.ok, health.rebuilding) == (True, False)
    assert "Give all of them the same" in health.error
    assert caplog.text.count("Give all of them the same") == 1
    assert titles(wordy, SearchQuery(text="studio headphones")) == ["Studio Headphones"]
    assert clever.health().error == ""
    assert wordy.rebuild_index()  # who says it knows what he does
    assert wordy.health().error == ""


def _of(product: Product) -> tuple[dict[str, Payload], dict[str, Product], Settled]:
    id_ = point_id(STORE, product.product_id)
    return {id_: to_payload(product, store_id=STORE, sync_run="run-2")}, {id_: product}, Settled()

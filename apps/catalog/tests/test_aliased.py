"""Which collection an alias stands for: asked as little as may be, and by many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from apps.catalog.engine.adapters.edge import EdgeBackend
from apps.catalog.engine.aliased import AliasedCollection
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder
from apps.catalog.engine.errors import CatalogError


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[EdgeBackend]:
    backend = EdgeBackend(tmp_path)
    yield backend
    backend.close()


@pytest.fixture
def things(backend: EdgeBackend) -> AliasedCollection:
    embeddings = EmbeddingService(HashingEmbedder)
    return AliasedCollection(
        backend, alias="things", embeddings=embeddings, fields={"store_id": "keyword"}, lexical=True
    )


def test_an_index_that_does_not_answer_is_not_asked_a_second_time(
    backend: EdgeBackend, things: AliasedCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    things.active()
    asked: list[str] = []

    def watched(alias: str, *, patient: bool) -> str:
        asked.append(alias)
        return things.own_name

    monkeypatch.setattr(backend, "alias", watched)

    def away(name: str) -> int:
        raise CatalogError("index_unreachable", "It is away.", retryable=True)

    with pytest.raises(CatalogError, match="away"):
        things.on_active(away)
    assert asked == []


def test_threads_do_not_wait_for_each_other_to_ask_for_the_alias(
    backend: EdgeBackend, things: AliasedCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = things.active()
    things._resolved = None
    both = threading.Barrier(2, timeout=5)

    def together(alias: str, *, patient: bool) -> str:
        both.wait()
        return name

    monkeypatch.setattr(backend, "alias", together)
    with ThreadPoolExecutor(2) as pool:
        assert [one.result() for one in [pool.submit(things.active) for _ in range(2)]] == [name, name]


def test_of_threads_that_find_no_collection_one_makes_it(
    backend: EdgeBackend, things: AliasedCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    pointed: list[str] = []
    point_alias = backend.point_alias

    def watched(alias: str, name: str) -> None:
        pointed.append(name)
        point_alias(alias, name)

    monkeypatch.setattr(backend, "point_alias", watched)
    with ThreadPoolExecutor(8) as pool:
        names = {one.result() for one in [pool.submit(things.active) for _ in range(8)]}
    assert names == {things.own_name}
    assert pointed == [things.own_name]

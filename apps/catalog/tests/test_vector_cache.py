"""Vectors on disk: what was embedded once is not embedded again, and a cache can never cost more than it saves."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from apps.catalog.engine.embedding import Embedder, EmbeddingService, Vectors
from apps.catalog.engine.embedding import cache as module
from apps.catalog.engine.embedding.cache import VectorCache, key_of

SIZE = 8


class Counting:
    """Embeds nothing well, and remembers what it was asked."""

    lexical_only = False

    def __init__(self, name: str = "counting") -> None:
        self.name, self.size = name, SIZE
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return np.array([[len(text), *range(1, SIZE)] for text in texts], dtype=np.float32)

    def knows(self, word: str) -> bool:
        return True


def service(embedder: Embedder, file: Path, most_bytes: int = 10_000_000) -> EmbeddingService:
    return EmbeddingService(lambda: embedder, cache=VectorCache(file, most_bytes=most_bytes))


def test_a_text_that_comes_twice_or_again_after_a_restart_is_embedded_once(tmp_path: Path) -> None:
    embedder = Counting()
    first = service(embedder, tmp_path / "v").documents(["a mug", "a lamp", "a mug"])
    again = service(embedder, tmp_path / "v").documents(["a lamp", "a jacket", "a mug"])
    assert sorted(embedder.texts) == ["a jacket", "a lamp", "a mug"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(again[[2, 0]], first[:2])


def test_what_another_model_made_is_not_taken(tmp_path: Path) -> None:
    service(Counting("one"), tmp_path / "v").documents(["a mug"])
    other = Counting("other")
    service(other, tmp_path / "v").documents(["a mug"])
    assert other.texts == ["a mug"]


def test_a_vector_of_another_length_is_not_taken(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "v", most_bytes=1_000_000)
    cache.put({b"key": np.ones(SIZE, dtype=np.float32)})
    assert cache.get([b"key"], size=SIZE + 1) == {}


def test_it_keeps_its_size_and_forgets_what_was_not_used_for_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = VectorCache(tmp_path / "v", most_bytes=250_000)
    keys = [key_of("m", str(number).encode()) for number in range(1_500)]
    monkeypatch.setattr(module, "_today", lambda: 1)
    cache.put({key: np.full(32, 1, dtype=np.float32) for key in keys[:500]})
    monkeypatch.setattr(module, "_today", lambda: 2)
    assert len(cache.get(keys[:100], size=32)) == 100  # used today
    for start in range(500, 1_500, 100):
        cache.put({key: np.full(32, 2, dtype=np.float32) for key in keys[start : start + 100]})
    assert (tmp_path / "v").stat().st_size < 400_000
    assert len(cache.get(keys[100:500], size=32)) < 300
    assert len(cache.get(keys[:100], size=32)) == 100
    assert len(cache.get(keys[-100:], size=32)) == 100


def test_a_damaged_file_is_thrown_away_and_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "v"
    file.write_bytes(b"this is no database, and long enough to be looked at" * 100)
    embedder = Counting()
    assert service(embedder, file).documents(["a mug"]).shape == (1, SIZE)
    assert "damaged" in caplog.text
    service(embedder, file).documents(["a mug"])
    assert embedder.texts == ["a mug"]


def test_where_it_cannot_write_everything_is_embedded_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "v").mkdir()
    embedder = Counting()
    assert service(embedder, tmp_path / "v").documents(["a mug"]).shape == (1, SIZE)
    assert "cannot be used" in caplog.text


def test_several_processes_and_threads_may_write_at_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def write(start: int) -> None:
        try:
            cache = VectorCache(tmp_path / "v", most_bytes=10_000_000)  # a connection of its own, as a process has
            for number in range(start, start + 50):
                cache.put({key_of("m", str(number).encode()): np.full(SIZE, number, dtype=np.float32)})
            cache.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 25, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    cache = VectorCache(tmp_path / "v", most_bytes=10_000_000)
    assert len(cache.get([key_of("m", str(number).encode()) for number in range(100)], size=SIZE)) == 100

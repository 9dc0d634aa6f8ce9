"""The words that a store's products are named with, and how often: for spelling and suggestions."""

from __future__ import annotations

import logging
import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.lexical import stem

_log = logging.getLogger(__name__)
_MOST_WORDS = 100_000
# A new product's words need not be known at once, and a large store's cost tens of milliseconds to read.
_FRESH_S = 30.0


class Words:
    """The words of one store."""

    def __init__(self, counted: Iterable[tuple[str, int]]) -> None:
        self.counts = dict(counted)
        self._sorted = sorted(self.counts)
        self._stems = {stem(word) for word in self._sorted}
        self._by_first: dict[str, list[str]] = {}
        for word in self._sorted:
            self._by_first.setdefault(word[0], []).append(word)

    def know(self, word: str) -> bool:
        """Whether a product is named with the word, or with another form of it."""
        return word in self.counts or stem(word) in self._stems

    def starting_with(self, prefix: str, limit: int) -> list[str]:
        """The words that begin so, the most frequent first."""
        start = bisect_left(self._sorted, prefix)
        end = bisect_left(self._sorted, f"{prefix}\U0010ffff", lo=start)
        return sorted(self._sorted[start:end], key=lambda word: (-self.counts[word], word))[:limit]

    def of_first_letter(self, letter: str) -> Sequence[str]:
        return self._by_first.get(letter, ())


class StoreWords:
    """The words of each store, read from the index. What is no longer fresh answers until it was read again."""

    def __init__(self, vectors: VectorService) -> None:
        self._vectors = vectors
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Words, float]] = {}
        self._reading: set[str] = set()

    def of(self, store_id: str) -> Words:
        kept = self._kept.get(store_id)
        if kept is None:
            return self._read(store_id)
        if time.monotonic() > kept[1]:
            self._read_soon(store_id)
        return kept[0]

    def _read(self, store_id: str) -> Words:
        words = Words(self._vectors.facet(store_id=store_id, field="word_keys", limit=_MOST_WORDS))
        with self._lock:
            self._kept[store_id] = (words, time.monotonic() + _FRESH_S)
        return words

    def _read_soon(self, store_id: str) -> None:
        with self._lock:
            if store_id in self._reading:
                return
            self._reading.add(store_id)
        threading.Thread(target=self._read_quietly, args=(store_id,), name="store-words", daemon=True).start()

    def _read_quietly(self, store_id: str) -> None:
        try:
            self._read(store_id)
        except CatalogError as error:
            _log.warning("The words of a store could not be read again; the old ones stay: %s", error)
        finally:
            with self._lock:
                self._reading.discard(store_id)

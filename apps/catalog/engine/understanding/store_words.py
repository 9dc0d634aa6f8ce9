"""The words that a store's products are named with, and how often: for spelling and suggestions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from apps.catalog.engine.understanding.kept import KeptByStore
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.lexical import stem

_MOST_WORDS = 100_000
# A new product's words need not be known at once, and a large store's cost tens of milliseconds to read.
_FRESH_S = 30.0
# They steer what a text is taken for: a store that nobody asked for a while is read anew first.
_USABLE_S = 300.0
# The words of a large store take megabytes.
_MOST_STORES = 100


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
    """The words of each store; `forget` after a write, so that this process sees its own at once."""

    def __init__(self, vectors: VectorService) -> None:
        self._vectors = vectors
        self._kept = KeptByStore(self._read, fresh_s=_FRESH_S, usable_s=_USABLE_S, most=_MOST_STORES)

    def of(self, store_id: str) -> Words:
        return self._kept.of(store_id)

    def forget(self, store_id: str) -> None:
        self._kept.forget(store_id)

    def _read(self, store_id: str) -> Words:
        return Words(self._vectors.facet(store_id=store_id, field="word_keys", limit=_MOST_WORDS))

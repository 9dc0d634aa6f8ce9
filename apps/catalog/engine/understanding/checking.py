"""A reading held against the store's products: is that brand one here, does the category hide the thing?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from apps.catalog.engine.payload import brand_key
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import AnyOf, Equals, Where
from apps.catalog.engine.understanding.categories import head_of
from apps.catalog.engine.understanding.parsing import read_query
from apps.catalog.engine.understanding.store_words import StoreWords
from apps.catalog.engine.understanding.vocabulary import Vocabularies
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.languages import ENGLISH
from apps.catalog.engine.words.lexical import synonyms


class MissesATitle(Protocol):
    def __call__(self, *, store_id: str, query: SearchQuery) -> bool: ...


class CheckedReader:
    """`misses_a_title`: whether a query's category leaves out what is titled just as the text says."""

    def __init__(
        self,
        *,
        vectors: VectorService,
        vocabularies: Vocabularies,
        words: StoreWords,
        misses_a_title: MissesATitle,
    ) -> None:
        self._vectors = vectors
        self._vocabularies = vocabularies
        self._words = words
        self._misses_a_title = misses_a_title

    def query(self, store_id: str, text: str) -> SearchQuery:
        """Every question that is asked here costs the index about a millisecond; most sentences ask none."""
        vocabulary = self._vocabularies.of(store_id)
        tried: frozenset[str] = frozenset()
        sells = self._sells(store_id)
        reading = read_query(text, vocabulary, sells=sells)
        while reading.guesses and not self._makes_such(store_id, reading.query):
            tried |= frozenset(reading.guesses)  # "sharp knife": Sharp makes none, so it is a word here
            reading = read_query(text, vocabulary, no_brands=tried, sells=sells)
        query = reading.query
        if query.category and (
            (vocabulary.has_uncategorised and self._hides_uncategorised(store_id, query))
            or self._misses_a_title(store_id=store_id, query=query)
        ):
            query.category = None
        return query

    def _sells(self, store_id: str) -> Callable[[str], bool] | None:
        """Whether products are named with a word, or its synonym. What a sentence asks for is read in English."""
        if self._vectors.language is not ENGLISH:
            return None
        words = self._words.of(store_id)
        return lambda head: any(map(words.know, (head, *synonyms([head]))))

    def _makes_such(self, store_id: str, query: SearchQuery) -> bool:
        """Whether the query's brands have what its text asks for, by the words of their products' records."""
        brands = AnyOf("brand_key", tuple(brand_key(brand) for brand in query.brands))
        return self._vectors.count(store_id=store_id, where=(brands, *_named(query))) > 0

    def _hides_uncategorised(self, store_id: str, query: SearchQuery) -> bool:
        """Whether products that are called so have no category at all: a limit would leave them out unjudged."""
        named = _named(query)
        where = (Equals("category", ""), *named)
        return bool(named) and self._vectors.count(store_id=store_id, where=where) > 0


def _named(query: SearchQuery) -> Where:
    """The products whose records name the thing that the text asks for; all, when it asks for no thing."""
    head = head_of(query.text)
    return () if head is None else (AnyOf("fact_keys", (head, *synonyms([head]))),)

"""Suggestions while a shopper types: categories, brands, words that go on so, and products."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from apps.catalog.engine.payload import to_product
from apps.catalog.engine.records import AnyOf, Either, Equals, Payload, StartsWith, Where
from apps.catalog.engine.understanding.spelling import nearest
from apps.catalog.engine.understanding.store_words import StoreWords, Words
from apps.catalog.engine.understanding.vocabulary import Vocabularies, Vocabulary
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.languages import STOP_WORDS
from apps.catalog.engine.words.lexical import fold, query_vector, stem, words_of
from apps.catalog.engine.words.part_numbers import key
from apps.catalog.product import Product

SuggestionKind = Literal["words", "category", "brand", "product"]

_LONGEST_TEXT = 100
_MOST_WORDS = 8
_COMPLETIONS = 20
_SHORTEST_NUMBER = 3
_NUMBER_WORDS = 3
_WORD = re.compile(r"[^\W\d_]+")


class Suggestion(BaseModel):
    """What the shopper may mean: a text to search for, a category, a brand, or one product."""

    model_config = ConfigDict(frozen=True)

    kind: SuggestionKind
    text: str
    product: Product | None = None


class Suggester:
    def __init__(
        self,
        *,
        vectors: VectorService,
        vocabularies: Vocabularies,
        words: StoreWords,
        is_word: Callable[[str], bool],
    ) -> None:
        self._vectors = vectors
        self._vocabularies = vocabularies
        self._words = words
        self._is_word = is_word

    def suggest(self, *, store_id: str, text: str, limit: int) -> list[Suggestion]:
        """At most `limit`: about half of them products, before these categories, brands and words."""
        said, begun = _typed(text)
        if not said and not begun:
            return []
        words = self._words.of(store_id)
        said = [_meant(word, words, self._is_word) for word in said]
        completions = _completions(begun, words, self._is_word)
        found = self._products(store_id, text, said, completions, limit)
        names = [
            *_named(self._vocabularies.of(store_id), said, begun),
            *_phrases(said, completions, found),
        ]
        products = [
            Suggestion(kind="product", text=payload["title"], product=to_product(payload)) for payload in found
        ]
        room = max(limit - len(products), limit // 2)
        kept = list({fold(one.text): one for one in reversed(names)}.values())[::-1][:room]
        return [*kept, *products][:limit]

    def _products(
        self, store_id: str, text: str, said: list[str], completions: list[str], limit: int
    ) -> list[Payload]:
        numbers = _begun_numbers(text)
        if numbers:
            where: Where = (Either(tuple(StartsWith("sku_keys", number) for number in numbers)),)
            found = [payload for _, payload in self._vectors.first(store_id=store_id, where=where, limit=limit)]
            if found:
                return found
        where = tuple(Equals("word_keys", word) for word in said)
        if completions:
            where = (*where, AnyOf("word_keys", tuple(completions)))
        matches = self._vectors.hybrid(
            store_id=store_id,
            where=where,
            dense=None,
            sparse=query_vector(" ".join([*said, *completions]), language=self._vectors.language),
            limit=limit,
            candidates=limit,
        )
        return [match.payload for match in matches]


def _typed(text: str) -> tuple[list[str], str]:
    """The words that are finished, and the one that is begun: "wireless mo" is (["wireless"], "mo")."""
    text = text[-_LONGEST_TEXT:]
    words = _WORD.findall(fold(text))
    begun = words.pop() if words and text[-1:].isalnum() else ""
    return [word for word in words if word not in STOP_WORDS][-_MOST_WORDS:], begun


def _begun_numbers(text: str) -> list[str]:
    """What may be the beginning of a part number: "brother tn-21" ends in one."""
    words = text[-_LONGEST_TEXT:].split()
    keys = [key("".join(words[start:])) for start in range(max(0, len(words) - _NUMBER_WORDS), len(words))]
    return [one for one in keys if len(one) >= _SHORTEST_NUMBER and any(char.isdigit() for char in one)]


def _meant(word: str, words: Words, is_word: Callable[[str], bool]) -> str:
    return word if word in words.counts else nearest(word, words, is_word=is_word) or word


def _completions(begun: str, words: Words, is_word: Callable[[str], bool]) -> list[str]:
    if not begun:
        return []
    found = words.starting_with(begun, _COMPLETIONS)
    if not found and (meant := nearest(begun, words, is_word=is_word)):
        found = [meant]
    return found or [begun]


def _named(vocabulary: Vocabulary, said: list[str], begun: str) -> Iterator[Suggestion]:
    """The categories and brands of which the words that were typed are the beginning, or a part."""
    for category, _ in sorted(vocabulary.categories, key=lambda entry: -entry[1]):
        if _fits(category, said, begun):
            yield Suggestion(kind="category", text=category)
    for brand in vocabulary.brands:
        if _fits(brand, said, begun):
            yield Suggestion(kind="brand", text=brand)


def _fits(name: str, said: list[str], begun: str) -> bool:
    words = list(words_of(name))
    return all(word in words for word in said) and any(word.startswith(begun) for word in words)


def _phrases(said: list[str], completions: list[str], found: list[Payload]) -> Iterator[Suggestion]:
    """The words so far with each completion that a found product is named with, so that none leads to nothing."""
    named = {word for payload in found for word in payload["word_keys"]}
    # "jackets" and "jacket" are one suggestion, in the form that the store says most.
    forms = {stem(word): word for word in reversed(completions) if word in named and word not in said}
    for completion in completions:
        if completion in forms.values():
            yield Suggestion(kind="words", text=" ".join([*said, completion]))

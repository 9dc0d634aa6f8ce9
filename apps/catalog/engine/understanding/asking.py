"""From a shopper's sentence to a query: part numbers are found first, typing errors last, limits in between."""

from __future__ import annotations

import re
from collections.abc import Callable

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.understanding.numbered import named_number
from apps.catalog.engine.understanding.parsing import LONGEST_TEXT
from apps.catalog.engine.understanding.spelling import corrected, corrections
from apps.catalog.engine.understanding.store_words import StoreWords
from apps.catalog.engine.vectors import VectorService

# Stands for a part number while the rest is read, so that "24 in x 50 ft" within it becomes no size.
_STAND_IN = "partnumberxyz"
Read = Callable[[str], SearchQuery]


class Asking:
    """Reads sentences in the words of one store."""

    def __init__(self, *, vectors: VectorService, words: StoreWords, is_word: Callable[[str], bool]) -> None:
        self._vectors = vectors
        self._words = words
        self._is_word = is_word

    def query(
        self, *, store_id: str, text: str, read: Read, correct: bool, is_own: Callable[[str], bool]
    ) -> SearchQuery:
        """What `read` makes of the text, once a part number was taken out and typing errors were corrected.

        `is_own`: whether the store has a rule with this word, which then is no error whatever it looks like.
        """
        text = text[:LONGEST_TEXT]
        number = named_number(self._vectors, store_id=store_id, text=text)
        if number is None:
            return self._spelled(store_id, text, read, is_own) if correct else read(text)
        said = text[number.start : number.end]
        masked = f"{text[: number.start]}{_STAND_IN}{text[number.end :]}"
        query = read(masked)
        return query.model_copy(update={"text": _restored(query.text, said), "part_number": number.key})

    def _spelled(self, store_id: str, text: str, read: Read, is_own: Callable[[str], bool]) -> SearchQuery:
        """Only words that no limit took are looked at: "dollars" need not be a word of the store."""
        query = read(text)
        found = corrections(
            query.text, self._words.of(store_id), is_word=lambda word: is_own(word) or self._is_word(word)
        )
        if not found:
            return query
        return read(corrected(text, found)).model_copy(update={"corrected": found})


def _restored(text: str, said: str) -> str:
    return re.sub(_STAND_IN, lambda _: said, text, flags=re.IGNORECASE)

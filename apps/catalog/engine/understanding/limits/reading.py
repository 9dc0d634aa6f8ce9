"""A sentence on its way to a query: what the limits have not taken yet, and what they found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Condition
from apps.catalog.engine.understanding.things import cut_for
from apps.catalog.engine.understanding.vocabulary import Vocabulary
from apps.catalog.engine.words.lexical import words_of


@dataclass(slots=True)
class Reading:
    """`guesses`: brands that were said without "by", so that they may be no brand here ("sharp knife").

    `no_brands`: names that were tried as brands already, and are none in this sentence.
    `sells`: whether products are named with a phrase's thing; None where nobody knows.
    """

    text: str
    vocabulary: Vocabulary
    query: SearchQuery = field(default_factory=SearchQuery)
    guesses: list[str] = field(default_factory=list)
    no_brands: frozenset[str] = frozenset()
    sells: Callable[[str], bool] | None = None

    def cut(self, start: int, end: int) -> None:
        self.text = f"{self.text[:start]}{cut_for(self.text[start:end])}{self.text[end:]}"

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first place where the pattern stands, which leaves the text; None when it does not."""
        match = pattern.search(self.text)
        if match is not None:
            self.cut(match.start(), match.end())
        return match

    def says_more(self) -> bool:
        """True when words are left beside what was taken."""
        return any(words_of(self.text))


class Limit(Protocol):
    """One kind of limit: how it is read from a sentence, shown, and asked of the index."""

    def read(self, reading: Reading) -> None:
        """Takes what it understands out of the text, into the query."""

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        """(key, label) of each limit that is set; `SearchQuery.without` knows the keys."""

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        """What the index is asked; all of it must hold."""

"""Word keys: the words that products' names are written with, for the store's spelling and for suggestions."""

from __future__ import annotations

from apps.catalog.engine.words.languages import STOP_WORDS
from apps.catalog.engine.words.tokens import words_of

_SHORTEST = 2
_LONGEST = 40


def word_keys(*names: str) -> list[str]:
    """The folded, unstemmed words of a title, a brand, a category; no numbers, which nobody spells."""
    said = {word for name in names for word in words_of(name)}
    return sorted(word for word in said - STOP_WORDS if word.isalpha() and _SHORTEST <= len(word) <= _LONGEST)

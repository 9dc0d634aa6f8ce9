"""Spelling: a word that neither the store nor the language knows, and the word of the store that was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA

from apps.catalog.engine.understanding.store_words import Words
from apps.catalog.engine.words.languages import STOP_WORDS
from apps.catalog.engine.words.lexical import fold, stem, synonyms

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# "cups" and "caps" are both near to "cuos": in a short word every letter counts.
_SHORTEST = 4
_LONGEST = 30
_TWO_ERRORS_FROM = 8
_SHORTEST_PART = 3
_MOST_CORRECTED = 8


def corrections(text: str, words: Words, *, is_word: Callable[[str], bool]) -> dict[str, str]:
    """What was typed, and what was meant: {"headphnes": "headphones"}. Nothing with a digit is ever corrected.

    `is_word`: whether the language has it. "Boats" is no mistyped "boots", though the store sells boots alone.
    """
    found: dict[str, str] = {}
    for typed in _doubtful(text, words, is_word):
        meant = nearest(fold(typed), words) or _two_words(fold(typed), words)
        if meant is not None:
            found[typed] = meant
        if len(found) == _MOST_CORRECTED:
            break
    return found


def corrected(text: str, found: dict[str, str]) -> str:
    return _WORD.sub(lambda match: found.get(match.group(), match.group()), text)


def nearest(word: str, words: Words) -> str | None:
    """The store's word that is one typing error away, of a long word two; the most frequent of several.

    Who errs gets the first letter right, or swaps it with the second.
    """
    if not _SHORTEST <= len(word) <= _LONGEST:
        return None
    allowed = 2 if len(word) >= _TWO_ERRORS_FROM else 1
    near: list[tuple[int, int, str]] = []
    for letter in dict.fromkeys(word[:2]):
        choices = words.of_first_letter(letter)
        for other, distance, _ in process.extract(
            word, choices, scorer=OSA.distance, score_cutoff=allowed, limit=None
        ):
            if len(other) >= _SHORTEST and (letter == word[0] or _swapped(word, other)):
                near.append((int(distance), -words.counts[other], other))
    return min(near)[2] if near else None


def _doubtful(text: str, words: Words, is_word: Callable[[str], bool]) -> Iterator[str]:
    for match in _WORD.finditer(text):
        typed = match.group()
        word = fold(typed)
        beside = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
        if len(word) < _SHORTEST or not word.isalpha() or any(char.isalnum() for char in beside):
            continue
        if word in STOP_WORDS or words.know(word) or is_word(word) or synonyms([stem(word)]):
            continue
        yield typed


def _two_words(word: str, words: Words) -> str | None:
    """ "wirelessmouse" is "wireless mouse", when the store knows both."""
    parts: list[tuple[int, str]] = []
    for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        first, second = word[:place], word[place:]
        if first in words.counts and second in words.counts:
            parts.append((min(words.counts[first], words.counts[second]), f"{first} {second}"))
    return max(parts)[1] if parts else None


def _swapped(word: str, other: str) -> bool:
    return other[:2] == f"{word[1]}{word[0]}"

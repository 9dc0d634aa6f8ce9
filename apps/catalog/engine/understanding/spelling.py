"""Spelling: a word that neither the store nor the language knows, and the word of the store that was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA

from apps.catalog.engine.understanding.store_words import Words
from apps.catalog.engine.words.languages import STOP_WORDS
from apps.catalog.engine.words.lexical import fold, singular, stem, synonyms

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# "cups" and "caps" are both near to "cuos": in a short word every letter counts.
_SHORTEST = 4
_LONGEST = 30
_TWO_ERRORS_FROM = 8
_MOST_CORRECTED = 8
_OFTEN = 3
# In a store that says fewer words than these, each is said on purpose.
_MANY_WORDS = 2_000
_SMALL_TALK = sorted(word for word in STOP_WORDS if len(word) >= _SHORTEST)


def corrections(text: str, words: Words, *, is_word: Callable[[str], bool]) -> dict[str, str]:
    """What was typed, and what was meant: {"headphnes": "headphones"}. Nothing with a digit is ever corrected.

    `is_word`: whether the language has it. "Boats" is no mistyped "boots", though the store sells boots alone.
    """
    found: dict[str, str] = {}
    for typed in _doubtful(text, words, is_word):
        meant = nearest(fold(typed), words, is_word=is_word)
        if meant is not None:
            found[typed] = meant
        if len(found) == _MOST_CORRECTED:
            break
    return found


def corrected(text: str, found: dict[str, str]) -> str:
    return _WORD.sub(lambda match: found.get(match.group(), match.group()), text)


def nearest(word: str, words: Words, *, is_word: Callable[[str], bool]) -> str | None:
    """The store's word that is one typing error away, of a long word two; the most frequent of several.

    Who errs gets the first letter right, or swaps it with the second. What a large store says once or twice
    and the language does not know ("purease") may be an error itself.
    """
    if not _SHORTEST <= len(word) <= _LONGEST:
        return None
    allowed = 2 if len(word) >= _TWO_ERRORS_FROM else 1
    often = _OFTEN if len(words.counts) >= _MANY_WORDS else 1
    near: list[tuple[int, int, str]] = []
    for letter in dict.fromkeys(word[:2]):
        choices = words.of_first_letter(letter)
        for other, distance, _ in process.extract(
            word, choices, scorer=OSA.distance, score_cutoff=allowed, limit=None
        ):
            likely = letter == word[0] or _swapped(word, other)
            if likely and len(other) >= _SHORTEST and (words.counts[other] >= often or is_word(other)):
                near.append((int(distance), -words.counts[other], other))
    return min(near)[2] if near else None


def _doubtful(text: str, words: Words, is_word: Callable[[str], bool]) -> Iterator[str]:
    for match in _WORD.finditer(text):
        typed = match.group()
        word = fold(typed)
        beside = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
        if len(word) < _SHORTEST or not word.isalpha() or any(char.isalnum() for char in beside):
            continue
        if word in STOP_WORDS or words.know(word) or _is_form(word, is_word) or synonyms([stem(word)]):
            continue
        if process.extractOne(word, _SMALL_TALK, scorer=OSA.distance, score_cutoff=1):
            continue  # "wirh" is rather "with" than "wire"
        yield typed


def _is_form(word: str, is_word: Callable[[str], bool]) -> bool:
    """Whether the language has the word in any form: a vocabulary may hold "ski" and "baked", but no "bake"."""
    root = word.removesuffix("e")
    return any(map(is_word, (word, singular(word), f"{word}s", f"{root}ed", f"{root}ing", f"{root}er")))


def _swapped(word: str, other: str) -> bool:
    return other[:2] == f"{word[1]}{word[0]}"

"""Tokens: the words of a text, as shops write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from apps.catalog.engine.words.amounts import is_amount, join_amounts
from apps.catalog.engine.words.folding import fold

# What no letter is to Python, and yet stands within words: the vowels of Indian and South-East Asian scripts.
_MARKS = "\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
# What holds the parts of a word together.
_SIGNS = "'’-./&"
_LETTER = rf"(?:[^\W_]|[{_MARKS}])"
_WORD = re.compile(rf"\d+\.\d+[a-z]*(?![\w.])|{_LETTER}+(?:[{re.escape(_SIGNS)}]{_LETTER}+)*")
_BETWEEN = re.compile(r"[\W_]+")
_SPLIT = re.compile(f"[{re.escape(_SIGNS)}]")
_TEE = re.compile(r"\bt[\s-]shirt")
_POSSESSIVE = re.compile(r"['’]s\b")
# Letters and digits of a part number; of a short one ("mp3", "cat5e") they say nothing alone.
_PIECE = re.compile(r"[^\W\d_]+|\d+")
_SHORTEST_TO_SPLIT = 5
# Scripts without spaces: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+"
)
_LONGEST_TEXT = 20_000
# A text with a longer one is no name: what a stranger makes up is not to fill the memory.
_LONGEST_KNOWN = 50


def words_of(text: str) -> Iterator[str]:
    """The folded words of a text in order.

    "rain-proof" is rain, proof and rainproof; "t-shirt" is tshirt; "TN2110" is tn2110, tn and 2110; `17"` is 17in.
    Of a script without spaces each two neighbouring signs are a word.
    """
    folded = join_amounts(_TEE.sub("tshirt", _folded(text)))
    found = _WORD.findall(folded)
    read = _known if max(map(len, found), default=0) <= _LONGEST_KNOWN else _read
    return chain.from_iterable(map(read, found))


def letters_of(text: str) -> str:
    """The letters and digits of a text in one row: each word of `words_of` that has no digit stands in it.

    Ten times as fast, to tell that a word is not there.
    """
    return _BETWEEN.sub("", _folded(text))


def _folded(text: str) -> str:
    return _POSSESSIVE.sub("", fold(text[:_LONGEST_TEXT]))


@lru_cache(maxsize=20_000)  # a catalogue says the same words again and again
def _known(word: str) -> tuple[str, ...]:
    return tuple(_read(word))


def _read(word: str) -> Iterator[str]:
    return _forms(word) if word.isascii() else _pairs_and_words(word)


def _forms(word: str) -> Iterator[str]:
    if is_amount(word):
        yield word
        return
    parts = _SPLIT.split(word)
    whole = "".join(parts)
    if len(parts) == 1 or len(parts[0]) > 1:
        yield from parts
    if len(parts) > 1:
        yield whole
    yield from _pieces(parts)


def _pieces(parts: list[str]) -> Iterator[str]:
    for part in parts:
        if len(part) >= _SHORTEST_TO_SPLIT and not part.isalpha() and not part.isdigit() and not is_amount(part):
            pieces = [piece for piece in _PIECE.findall(part) if len(piece) > 1]
            if len(pieces) > 1:
                yield from pieces


def _pairs_and_words(word: str) -> Iterator[str]:
    end = 0
    for match in _UNSPACED.finditer(word):
        if other := word[end : match.start()].strip(_SIGNS):
            yield from _forms(other)
        signs = match.group()
        yield from (signs[place : place + 2] for place in range(max(1, len(signs) - 1)))
        end = match.end()
    if other := word[end:].strip(_SIGNS):
        yield from _forms(other)

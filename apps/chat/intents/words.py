"""A shopper's words as rules read them: lower case, straight quotes, no slips in the words that steer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class _Words(BaseModel):
    """data/words.json.

    `steering`: words that change what the assistant does; a slip in any other word is left to the search, which is
    made for it. `look_alikes`: real words one slip away from a steering word, which stay what they are. `slips`:
    slips too far off to be found by counting letters. `pointing`: words that steer or fit any product, so they do
    not say which one is meant. `qualities`: words that narrow a search and name no thing themselves, as `turns` of
    speech don't either; `asking`: those of questions. `audiences`: for whom. `shades`: what else a colour is.
    `foreign`: little words of other languages. `features`: what a product's
    record must say before it is claimed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steering: frozenset[str]
    look_alikes: frozenset[str]
    slips: dict[str, str]
    numbers: dict[str, int]
    colours: frozenset[str]
    pointing: frozenset[str]
    qualities: frozenset[str]
    audiences: frozenset[str]
    turns: frozenset[str]
    asking: frozenset[str]
    shades: dict[str, frozenset[str]]
    foreign: frozenset[str]
    features: frozenset[str]


_WORDS = _Words.model_validate_json((Path(__file__).parent / "data" / "words.json").read_bytes())
NUMBERS = _WORDS.numbers
COLOURS = _WORDS.colours
POINTING = _WORDS.pointing
AUDIENCES = _WORDS.audiences
TURNS = _WORDS.turns
ASKING = _WORDS.asking
SHADES = _WORDS.shades
FEATURES = _WORDS.features
_INTO_CART = re.compile(r"\b(to|into|in|from|out of|on) (my |the )?(shopping )?(cart|basket|bag)\b")
QUALITIES = _WORDS.qualities | COLOURS | FEATURES

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
# Curly quotes, dashes and the ellipsis that phones type.
_QUOTES = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "`": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"}
)


def normalise(text: str) -> str:
    """`text` for rules to match: never shown, never searched."""
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES).lower()
    plain = _WORD.sub(lambda found: mend(found[0]), plain)
    return " ".join(plain.split()).strip(" \t.!?,;:")


def words(text: str) -> list[str]:
    """The words of a normalised text, in order."""
    return _WORD.findall(text)


def without_cart(text: str) -> str:
    """A normalised text without "to my cart", where a bag is no product."""
    return _INTO_CART.sub(" ", text)


def is_foreign(text: str) -> bool:
    """Whether a normalised text is plainly not English: two little words of another language, another script."""
    letters = [letter for letter in text if letter.isalpha()]
    strange = [letter for letter in letters if not unicodedata.name(letter, "").startswith("LATIN")]
    return sum(word in _WORDS.foreign for word in words(text)) >= 2 or len(strange) > len(letters) / 2


@lru_cache(maxsize=4096)
def mend(word: str) -> str:
    """The steering word that `word` is one slip away from, or `word`."""
    if word in _WORDS.slips:
        return _WORDS.slips[word]
    # Short words have too many neighbours, and digits are never a slip.
    if word in _WORDS.steering or word in _WORDS.look_alikes or len(word) < 5 or not word.isalpha():
        return word
    return nearest(word, (steering for steering in sorted(_WORDS.steering) if len(steering) >= 5)) or word


def mended(text: str) -> str:
    """`text` as typed, with the slips in its steering words mended: what is searched, and quoted."""
    return _WORD.sub(
        lambda found: found[0] if mend(found[0].lower()) == found[0].lower() else mend(found[0].lower()), text
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """The first of `known` that begins like `word` and is one slip away, or ""."""
    return next((other for other in known if other[0] == word[0] and _one_slip(word, other)), "")


def _one_slip(word: str, target: str) -> bool:
    """One letter too many, too few, or wrong, or two neighbours swapped."""
    if abs(len(word) - len(target)) > 1 or word == target:
        return False
    at = 0
    while at < min(len(word), len(target)) and word[at] == target[at]:
        at += 1
    rest, wanted = word[at:], target[at:]
    return (
        rest[1:] == wanted
        or rest == wanted[1:]
        or rest[1:] == wanted[1:]
        or (rest[:2] == wanted[1::-1] and len(wanted) > 1 and rest[2:] == wanted[2:])
    )

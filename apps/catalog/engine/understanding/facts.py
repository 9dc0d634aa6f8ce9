"""What a product has or is made of, for "without wifi" and "no leather"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from apps.catalog.engine.words.lexical import STOP_WORDS, fold, stem, words_of
from apps.catalog.product import Product

_NO = frozenset(
    [
        "", "no", "n", "none", "false", "without", "not supported", "not available", "unavailable",
        "not applicable", "n/a", "-", "nein", "non",
    ]
)  # fmt: skip
_NOTHING = re.compile(r"0+(?:[.,]0+)?\s*[a-z]*")
_YES = frozenset(["yes", "y", "true", "ja", "oui"])
_LONGEST_VALUE = 60
_MOST = 512


def fact_keys(product: Product) -> list[str]:
    """The stems of what the record says it is and has: words of its title and category, features, materials.

    An attribute that says no ("Wi-Fi: no", "slots: 0") gives none, one that says anything else gives its name,
    "Bluetooth version: 5.0" too. What it is compatible with it does not have.
    """
    keys: dict[str, None] = dict.fromkeys([*fact_words(product.title), *fact_words(product.category)])
    later: dict[str, None] = {}
    for name, value in product.attributes.items():
        said = fold(value).strip()
        if said in _NO or _NOTHING.fullmatch(said) or "compatib" in name.lower():
            continue
        if said in _YES:
            keys |= dict.fromkeys(fact_words(name))
            continue
        later |= dict.fromkeys(fact_words(name))
        if len(said) <= _LONGEST_VALUE:
            keys |= dict.fromkeys(fact_words(said))
    return list(keys | later)[:_MOST]


def fact_words(text: str) -> Iterator[str]:
    """The stems of a text; neighbours are joined too, since "wi fi" and "touch screen" are also one word."""
    said = [word for word in words_of(text.replace("_", " ")) if word not in STOP_WORDS and has_letter(word)]
    yield from (stem(word) for word in said)
    yield from (stem(first + second) for first, second in pairwise(said) if _is_one(first, second))


def has_letter(word: str) -> bool:
    """ "5g" is a thing that one has, 5 is a number."""
    return any(char.isalpha() for char in word)


def _is_one(first: str, second: str) -> bool:
    """Only short halves are written apart and together: "wi fi", "blue tooth", "touch screen", "web cam"."""
    return first.isalpha() and second.isalpha() and len(first) <= 5 and len(second) <= 6

"""Sizes of clothes and shoes, and whatever else a record calls a size: "M", "EU 42", "9.5"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.catalog.engine.words.lexical import fold
from apps.catalog.product import Product

_LETTERS = {
    "extra small": "xs", "x small": "xs", "xsmall": "xs", "small": "s", "medium": "m", "large": "l",
    "extra large": "xl", "x large": "xl", "xlarge": "xl", "xxl": "2xl", "xxxl": "3xl", "xxxxl": "4xl",
    "xxs": "2xs", "xxxs": "3xs", "one size fits all": "one size", "onesize": "one size",
}  # fmt: skip
_ORDER = ("3xs", "2xs", "xs", "s", "m", "l", "xl", "2xl", "3xl", "4xl", "5xl")
_LETTER = r"(?:[2-5]|x{1,4})?x?[sl]|x{1,4}[sl]|[2-5]xl|[sml]"
_SYSTEMS = ("eu", "us", "uk")
_NAMED_SIZE = re.compile(r"(?:sizes?|groesse|grosse|taille|pointure|talla)$")
# Not of the product itself: "package size", "maximum screen size".
_NOT_ITS_OWN = re.compile(
    r"\b(?:packag\w*|pack|max\w*|min\w*|file|screen|display|compatib\w*|process\w*|memory|die|wire|tape|core)\b"
)
_PARTS = re.compile(r"\s*[,;/|]\s*|\s+or\s+")
_RANGE = re.compile(r"(\d{1,3})\s*(?:-|–|to)\s*(\d{1,3})")
_LETTER_RANGE = re.compile(rf"({_LETTER})\s*(?:-|–|to)\s*({_LETTER})")
_WIDEST_RANGE = 40
_LONGEST = 30
_MOST = 80
# Characters of a value; who lists more sizes lists no sizes.
_READ = 2_000


def size_key(text: str) -> str:
    """One key for one size: "Extra Large" is "xl", "42 EU" is "eu 42", "9,5" is "9.5"."""
    size = " ".join(re.sub(r"[.](?!\d)|(?<=\d),(?=\d)", ".", fold(text)).replace("-", " ").split())
    size = re.sub(r"^(?:size|groesse|grosse|taille)\s+", "", size)
    size = _LETTERS.get(size, size)
    if turned := re.fullmatch(rf"(\d+(?:\.\d+)?)\s*({'|'.join(_SYSTEMS)})", size):
        return f"{turned[2]} {_plain(turned[1])}"
    if straight := re.fullmatch(rf"({'|'.join(_SYSTEMS)})\s*(\d+(?:\.\d+)?)", size):
        return f"{straight[1]} {_plain(straight[2])}"
    return _plain(size)


def answers_to(size: str) -> tuple[str, ...]:
    """The keys of a product that fit: a plain 42 is one in any system, "EU 42" in its own or in none."""
    key = size_key(size)
    system, _, number = key.partition(" ")
    if system in _SYSTEMS and number:
        return (key, number)
    if re.fullmatch(r"[\d.]+", key):
        return (key, *(f"{system} {key}" for system in _SYSTEMS))
    return (key,)


def size_keys(product: Product) -> list[str]:
    keys: dict[str, None] = {}
    for attributes in (product.attributes, *(variant.attributes for variant in product.variants)):
        for name, value in attributes.items():
            called = fold(name).replace("_", " ").strip()
            if _NAMED_SIZE.search(called) and not _NOT_ITS_OWN.search(called):
                keys |= dict.fromkeys(_sizes(value))
    return list(keys)[:_MOST]


def _sizes(value: str) -> Iterator[str]:
    for part in _PARTS.split(" ".join(fold(value).split())[:_READ]):
        if numbers := _RANGE.fullmatch(part):
            low, high = int(numbers[1]), int(numbers[2])
            if low <= high <= low + _WIDEST_RANGE:
                yield from (str(number) for number in range(low, high + 1))
        elif letters := _LETTER_RANGE.fullmatch(part):
            first, last = (size_key(letter) for letter in letters.groups())
            if first in _ORDER and last in _ORDER:
                yield from _ORDER[_ORDER.index(first) : _ORDER.index(last) + 1]
            elif len(part) <= _LONGEST:
                yield size_key(part)
        elif part and len(part) <= _LONGEST:
            yield size_key(part)


def _plain(size: str) -> str:
    return re.sub(r"(\d)\.0+$", r"\1", size)

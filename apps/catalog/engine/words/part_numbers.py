"""Part numbers: the keys under which a product is known exactly, and what in a text may be one of them.

A key is folded and without punctuation, so "TN-2110", "tn 2110" and "TN2110" are one: `tn2110`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from apps.catalog.engine.words.folding import fold, words

_PART = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
# Only the long names that some articles have for a number go on past one: "some for me, 2.1 metres" is no ME21.
_PAUSE = re.compile(r"[,;!?]\s")
_FEWEST_WORDS_WITH_PAUSE = 5
# Amounts, which every second product has: "500gb", "1080p", "17inch". A store that calls a product so is found by
# the whole question, see `candidates`.
_AMOUNT = re.compile(
    r"(?:480|576|720|1080|1440|2160)[pi]|\d{1,2}(?:k|s|st|nd|rd|th|x|d)"
    r"|\d+(?:x\d+)*(?:[kmgt]b|[kmgt]?bit|[kmgt]?bps|[kmg]?hz|[cmkd]?m|[mk]?g|lb|oz|[mc]?l|[kmn]?w|[kmd]?v|va|m?ah|wh"
    r"|in|inch|ft|feet|pack|pcs|pk|mp|rpm|dpi|ppm|min|h|year|years|stars?)"
)
# A number with a currency's sign: "$50", "19.99€".
_PRICE = re.compile(r"[$€£¥₹]\s?\d[\d.,]*|(?<![\w.,-])\d[\d.,]*[$€£¥₹](?!\d)")
# What people write around a part number. Nothing that makes it a price ("under 50").
_AROUND = words(
    """a an any anyone the this that is it its do does you your have has got get i im we need want would
    like could can     please find me show looking look search searching for of in on my our to buy order
    purchase price how much     what whats cost stock available availability there hi hello hey part
    parts number no nr sku item model code article     art ref reference product mpn ean upc gtin id
    compatible with replacement some one thanks thank und and or sell carry     ship suche ich brauche
    haben sie habt ihr den die das ein eine einen nach bitte"""
)
_SHORTEST = 4
# A bare number of fewer digits is more often an amount or a year than an article.
_SHORTEST_NUMBER = 5
_LONGEST_KEY = 200
# What of a text is looked at: enough for the longest question with the longest name of an article in it.
_MOST_WORDS = 48
_MOST_CANDIDATES = 1_000


def sku_keys(sku: str, title: str, others: Iterable[str] = ()) -> list[str]:
    """The keys of a product. Without a SKU, the part numbers that its title holds stand for it.

    `others`: its GTINs, the SKUs of its variants. A number is known without the zeros that pad it.
    """
    keys = [key(sku)] if sku.strip() else [part for part in map(key, title.split()) if _is_part_number(part)]
    keys += [one.lstrip("0") if one.isdigit() else one for one in map(key, others)]
    return sorted({one for one in keys if one and len(one) <= _LONGEST_KEY})


def key(text: str) -> str:
    """ "Dv7-1211ea" is `dv71211ea`."""
    return "".join(fold(part) for part in _PART.findall(text))


class Named(NamedTuple):
    """What in a text may be a part number: its key, and from where to where it stands."""

    key: str
    start: int
    end: int


def candidates(text: str) -> list[str]:
    """The keys that a text may name, the likeliest (the longest) first."""
    return list(dict.fromkeys(one.key for one in named(text)))


def named(text: str) -> list[Named]:
    """What in a text may be a part number, the likeliest (the longest) first.

    Any neighbouring words that hold a digit may be one article: "toner tn 2110" is `tonertn2110` and `tn2110`.
    A short or bare number counts only where nothing else is said: "do you have the 725?". A price is part of none.
    """
    runs = [list(_words(text, start, end)) for start, end in _between_prices(text)]
    found = [one for words in runs for one in _spans(words, text)]
    asked = _inner([word for words in runs for word in words])
    if any(_DIGIT.search(word.key) for word in asked):
        found.append(Named("".join(word.key for word in asked), asked[0].start, asked[-1].end))
    found += [one._replace(key=one.key.lstrip("0")) for one in found if one.key.isdigit()]
    known = {one for one in found if 0 < len(one.key) <= _LONGEST_KEY}
    return sorted(known, key=lambda one: (-len(one.key), one))[:_MOST_CANDIDATES]


def _between_prices(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for price in _PRICE.finditer(text):
        yield start, price.start()
        start = price.end()
    yield start, len(text)


def _words(text: str, start: int, end: int) -> Iterator[Named]:
    for match in islice(_PART.finditer(text, start, end), _MOST_WORDS):
        yield Named(fold(match.group()), match.start(), match.end())


def _spans(words: list[Named], text: str) -> Iterator[Named]:
    for place, first in enumerate(words):
        joined, paused, end = "", False, first.start
        for length, word in enumerate(words[place:], start=1):
            joined += word.key
            if len(joined) > _LONGEST_KEY:
                break
            paused = paused or _PAUSE.search(text, end, word.start) is not None
            end = word.end
            if _is_part_number(joined) and (not paused or length >= _FEWEST_WORDS_WITH_PAUSE):
                yield Named(joined, first.start, word.end)


def _is_part_number(joined: str) -> bool:
    if len(joined) < _SHORTEST or not _DIGIT.search(joined):
        return False
    if joined.isdigit():
        return len(joined) >= _SHORTEST_NUMBER
    return _AMOUNT.fullmatch(joined) is None


def _inner(words: list[Named]) -> list[Named]:
    """The words without those that stand around a part number."""
    start, end = 0, len(words)
    while start < end and words[start].key in _AROUND:
        start += 1
    while start < end and words[end - 1].key in _AROUND:
        end -= 1
    return words[start:end]

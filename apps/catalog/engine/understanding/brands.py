"""Where a text names brands of the store, however they are written: "dlink", "TP Link", "StarTech"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.catalog.engine.words.lexical import fold, words

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_APOSTROPHE = re.compile(r"['’]")
_MEASURE = re.compile(r"\d+[a-z]{1,2}")
# Between the parts of one name: "be quiet", "Kiln & Co", "D-Link", but not a whole word.
_GAP = re.compile(r"[\s.&'’/+-]{0,4}")
_MOST_TOKENS = 5
# What shoppers leave out of a company's name.
_TAILS = words(
    """com inc ltd llc gmbh ag co corp corporation company technology technologies electronics international
    industries group europe usa"""
)
# Names that are also words, or that stand in the names of other makers' products ("intel laptop"): said without
# "by" they are brands only where the brand has such things.
_ALSO_WORDS = words(
    """act adobe all amazon amd android angle apple arc arctic art ash ask aspen atlas axis balance bench
    best bliss boost boss brave bridge bright brother buffalo bull calm canyon case champion chief
    classic clear coach comfort converse corner crown dawn delta diamond diesel dove dream eagle echo
    edge element elements eminent energy equip essence essential everlast evolve express fairy fire flash
    flex focus force fossil fresh fusion galaxy gap general genius gift glow google guess happy harmony
    heart hero hollister home honest honor horizon hunter ideal impact integral intel jaguar joy jumbo
    kind legend lexus life light link logic loop love lucky magic matrix max mercury method microsoft
    mini mint mission monster nature next noble north note nova nvidia oasis ocean off on one only
    optimum oracle orange orbit origin patriot peach peak perfect pioneer planet power premium prime
    princess prism pro project pulse pure quest quiet range ray real rebel red reef ridge ring rise river
    roots royal salmon save sensation shark sharp shell shield shuttle silk simple simply smart snap soft
    solid sonic source spark speck spirit sport spring square star step sterling stone storm style summit
    sun super supreme surface swan target thermos thunder tide tiger titan top total tower trend trust
    ultra union unity urban vans velvet venture victory virgin vision visa vivid wave wild wolf world zen"""
)


@dataclass(frozen=True, slots=True)
class NamedBrand:
    """A brand in a text, and the place where it stands."""

    brand: str
    start: int
    end: int

    @property
    def is_a_measure(self) -> bool:
        """ "3m" is no 3M."""
        return _MEASURE.fullmatch(_joined(self.brand)) is not None

    @property
    def is_also_a_word(self) -> bool:
        key = _joined(self.brand)
        return key in _ALSO_WORDS or not key.isalpha()


def brand_names(brands: Iterable[str]) -> dict[str, str]:
    """Joined name to brand: "tplink" and "startech" are TP-LINK and StarTech.com."""
    names: dict[str, str] = {}
    for brand in brands:
        tokens = _TOKEN.findall(fold(brand))
        while len(tokens) > 1 and tokens[-1] in _TAILS:
            tokens.pop()
            names.setdefault(_joined(" ".join(tokens)), brand)
    # A brand's whole name wins over another's short one.
    return names | {_joined(brand): brand for brand in brands if _joined(brand)}


def brands_in(text: str, names: dict[str, str]) -> Iterator[NamedBrand]:
    """From left to right, the longest name at each place."""
    tokens = [(match.start(), match.end(), fold(match.group())) for match in _TOKEN.finditer(text)]
    place = 0
    while place < len(tokens):
        found = _longest(text, tokens[place : place + _MOST_TOKENS], names)
        if found is None:
            place += 1
            continue
        brand, length = found
        yield NamedBrand(brand, tokens[place][0], tokens[place + length - 1][1])
        place += length


def _longest(text: str, tokens: list[tuple[int, int, str]], names: dict[str, str]) -> tuple[str, int] | None:
    joined, best = "", None
    for length, (start, end, token) in enumerate(tokens, start=1):
        if length > 1 and not _GAP.fullmatch(text[tokens[length - 2][1] : start]):
            break
        joined += _APOSTROPHE.sub("", token)
        possessive = text[end - 2 : end] in ("'s", "’s")  # "Sony's" is Sony, and "Vogel's" is called so
        name = names.get(joined) or (names.get(joined[:-1]) if possessive else None)
        if name and not (joined.isdigit() and length == 1):
            best = (name, length)
    return best


def _joined(brand: str) -> str:
    return "".join(_APOSTROPHE.sub("", token) for token in _TOKEN.findall(fold(brand)))

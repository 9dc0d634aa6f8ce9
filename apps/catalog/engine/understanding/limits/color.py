"""Colours: "a blue one", "in black or white". They are limits where the store's records have colours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from apps.catalog.engine.queries import SearchQuery, limit_key
from apps.catalog.engine.records import AnyOf, Condition
from apps.catalog.engine.understanding.colors import COLOR_WORDS, color_key, color_label, said_color
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.words.lexical import fold, stem

_FLAGS = re.IGNORECASE
_AND = r"\s*(?:,\s*(?:or|and)?|/|&|\bor\b|\band\b|\boder\b|\bund\b|\bou\b|\bet\b)\s*"
_MODIFIER = (
    r"(?:(?:dark|light|bright|pale|deep|hot|neon|royal|sky|baby|midnight|matte?|metallic|pastel|solid|plain|all)"
    r"[\s-]+)?"
)
_WORDS = "|".join(sorted(map(re.escape, COLOR_WORDS), key=len, reverse=True)) + "|weiß|grün|off-white"
_ONE = rf"{_MODIFIER}(?:{_WORDS})(?:[\s-]+(?:{_WORDS}))?"
_COLORED = r"(?:[\s-]?(?:colou?red|colou?rs?|finish|version|ones?)\b)?"
_CUE = (
    r"(?:\b(?P<cue>(?:in|of)\s+(?:the\s+)?(?:colou?rs?\s+)?|colou?r(?:s|ed)?\s*(?:is|are|:|=|should be)?\s+"
    r"|(?:it\s+)?(?:is|are|should be|must be)\s+))?"
)
_SAID = re.compile(rf"{_CUE}(?<![\w-])(?P<list>{_ONE}(?:{_AND}{_ONE})*)(?![\w]|-(?!colou?r)){_COLORED}", _FLAGS)
_PIECE = re.compile(_ONE, _FLAGS)
# Colours that are no colours there.
_COMPOUND = re.compile(
    r"[\s-]+(?:tea|wine|chocolate|rice|pepper|juice|cheese|beans?|bull|hat|noise|friday|screens?(?=\s+kit)|box(?:es)?"
    r"|marmalade|peel|ray|tooth|collar|plated|sugar|onion|cabbage|salt|vinegar"
    r"|photo|film|print\w*|laser|copier|tv)\b",
    _FLAGS,
)
_PRINT = re.compile(r"black\s*(?:and|&)\s*white", _FLAGS)
_PRINTS = frozenset(["photo", "film", "print", "printer", "printing", "laser", "copier", "tv"])
# Also a fruit, and two metals: alone they are no wish for a colour.
_ALSO_THINGS = frozenset(["orange", "gold", "silver"])


class ColorLimit:
    def read(self, reading: Reading) -> None:
        known = reading.vocabulary.colors
        if not known or self._read_own(reading):
            return
        for match in _SAID.finditer(reading.text):
            said = [piece.group() for piece in _PIECE.finditer(match["list"])]
            if _is_a_thing(match, reading) or any(
                stem(fold(word)) in reading.vocabulary.category_stems for word in said
            ):
                continue
            keys = [said_color(piece, known) for piece in said]
            reading.cut(match.start(), match.end())
            reading.query.colors = list(dict.fromkeys(keys))
            return

    def _read_own(self, reading: Reading) -> bool:
        """A colour's name that only this store has: "in terracotta", "colour oak", "rose gold"."""
        for pattern in _own_names(reading.vocabulary.colors):
            if match := reading.take(pattern):
                reading.query.colors = [color_key(match["name"])]
                return True
        return False

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        for color in query.colors:
            yield limit_key("color", color), color_label(color)

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        if query.colors:
            yield AnyOf("color_keys", tuple(color_key(color) for color in query.colors))


def _is_a_thing(match: re.Match[str], reading: Reading) -> bool:
    after = reading.text[match.end() :]
    if match["cue"]:
        return False
    following = _COMPOUND.match(after)
    if following is not None:
        return following.group().strip().lower() not in _PRINTS or bool(_PRINT.fullmatch(match["list"]))
    alone = not re.search(r"\w", reading.text[: match.start()] + after)
    return alone and match["list"].lower() in _ALSO_THINGS


@lru_cache(maxsize=32)
def _own_names(known: frozenset[str]) -> tuple[re.Pattern[str], ...]:
    """The names of no table. Where the last word is no colour, "in" or "colour" must stand beside the name."""
    own = sorted((name for name in known if name and name not in COLOR_WORDS), key=lambda name: (-len(name), name))
    plain = [name for name in own if " " in name and name.split()[-1] in COLOR_WORDS]
    patterns = []
    for names, form in (
        (plain, r"(?<![\w-])(?:in\s+)?(?P<name>{names})(?![\w-])"),
        (own, r"\b(?:in|colou?rs?(?:\s*(?:is|:|=))?)\s+(?:the\s+colou?r\s+)?(?P<name>{names})(?![\w-])"),
        (own, r"(?<![\w-])(?P<name>{names})[\s-]+colou?r(?:ed)?\b"),
    ):
        if names:
            patterns.append(re.compile(form.replace("{names}", "|".join(map(re.escape, names))), _FLAGS))
    return tuple(patterns)

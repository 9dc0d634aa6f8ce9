"""What it shall not be or have: "without wifi", "not red", "except Sony", "no leather"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.catalog.engine.payload import brand_key
from apps.catalog.engine.queries import SearchQuery, limit_key
from apps.catalog.engine.records import Condition, Differs, Either, Equals, Not
from apps.catalog.engine.understanding.brands import brands_in
from apps.catalog.engine.understanding.colors import COLOR_WORDS, color_key, color_label, said_color
from apps.catalog.engine.understanding.facts import has_letter
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.words.lexical import STOP_WORDS, fold, stem, synonyms, terms, words_of

_FLAGS = re.IGNORECASE
_NOT = re.compile(
    r"[,;]?\s*\b(?:(?:but|and|,)\s+)?(?:(?P<without>without|excluding|exclude|except(?:\s+for)?|other\s+than|apart\s+from"
    r"|(?:anything|everything)\s+but|lacking|ohne|sans)|(?P<no>(?:i\s+)?(?:don['’]?t|do\s+not)\s+(?:want|like|need)|no|not|nothing|non|isn't|aren't|kein(?:e[nrm]?)?|nicht|never)(?!\s+(?:more|less|too|very|so|over|above"
    r"|under|only|just|sure|idea|problem|matter|preference|thanks|thank|need|longer|expensive|in\s+stock|available)\b))"
    r"\s+(?:(?:a|an|any|the|in|by|from|made\s+(?:of|by|from)|brand|colou?r(?:ed)?|with|having|being|has|have)\s+)*",
    _FLAGS,
)
# Where what is excluded ends.
_END = re.compile(
    r"[;!?]|\.(?!\d)|,(?!\s*(?:or|and)\b)|\b(?:but|for|under|below|over|above|between|with|that|which|in|at|please|from|by|up\s+to"
    r"|less\s+than|cheaper|size|only)\b",
    _FLAGS,
)
_AND = re.compile(r"\s*(?:,\s*(?:or|and|nor)?|/|&|\bor\b|\band\b|\bnor\b|\boder\b|\bund\b)\s*", _FLAGS)
_COLOR = re.compile(r"\s*(?P<said>(?:(?:dark|light)\s+)?(?P<color>[^\W\d_]+))(?:[\s-]+(?:colou?red|ones?))?")
_LONGEST = 3  # words of one thing that is excluded


class ExclusionLimit:
    def read(self, reading: Reading) -> None:
        start = 0
        while match := _NOT.search(reading.text, start):
            end = _END.search(reading.text, match.end())
            said = reading.text[match.end() : end.start() if end else len(reading.text)]
            taken = self._exclude(reading, said, any_word=bool(match["without"]) or match["no"].lower() == "no")
            if taken:
                reading.cut(match.start(), match.end() + taken)
                start = match.start()
            else:
                start = match.end()

    def _exclude(self, reading: Reading, said: str, *, any_word: bool) -> int:
        """Notes what `said` excludes; returns how much of it was understood."""
        taken, place = 0, 0
        for gap in [*_AND.finditer(said), None]:
            piece = said[place : gap.start() if gap else len(said)]
            used = self._exclude_one(reading, piece, any_word=any_word)
            if not used:
                break
            taken = place + used
            if used < len(piece.rstrip()) or gap is None:
                break
            place = gap.end()
        return taken

    def _exclude_one(self, reading: Reading, piece: str, *, any_word: bool) -> int:
        query = reading.query
        brand = next(iter(brands_in(piece, reading.vocabulary.brand_names)), None)
        if brand is not None and not piece[: brand.start].strip():
            query.not_brands = [*query.not_brands, brand.brand]
            return brand.end
        color = re.match(
            r"\s*(?P<said>(?:(?:dark|light)\s+)?(?P<color>[^\W\d_]+))(?:[\s-]+(?:colou?red|ones?))?", piece
        )
        if color is not None and fold(color["color"]) in COLOR_WORDS and reading.vocabulary.colors:
            query.not_colors = [*query.not_colors, said_color(color["said"], reading.vocabulary.colors)]
            return color.end()
        words = [word for word in words_of(piece) if word not in STOP_WORDS and has_letter(word)]
        if any_word and words and len(piece.split()) <= _LONGEST:
            query.not_words = [*query.not_words, piece.strip().lower()]
            return len(piece)
        return 0

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        for brand in query.not_brands:
            yield limit_key("not_brand", brand), f"not {brand}"
        for color in query.not_colors:
            yield limit_key("not_color", color), f"not {color_label(color)}"
        for word in query.not_words:
            yield limit_key("not_word", word), f"without {word}"

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        for brand in query.not_brands:
            yield Differs("brand_key", brand_key(brand))
        for color in query.not_colors:
            yield Differs("color_keys", color_key(color))
        for word in query.not_words:
            yield from _has_not(word)


def _has_not(words: str) -> Iterator[Condition]:
    """What has both words is "noise cancelling"; "wi-fi" is one word with a joint, also written as one.

    Numbers are no facts: "bluetooth 5.0" is bluetooth, and a wish without a letter excludes nothing.
    """
    said = [word for word in words_of(words) if has_letter(word)]
    if not said:
        return
    if len(words.split()) > 1:
        if parts := tuple(one for one in dict.fromkeys(terms(words)) if has_letter(one)):
            yield Either(tuple(Not(Equals("fact_keys", one)) for one in parts))
        yield Differs("fact_keys", stem("".join(said)))
        return
    whole = stem(max(said, key=len))
    for one in (whole, *synonyms([whole])):
        yield Differs("fact_keys", one)

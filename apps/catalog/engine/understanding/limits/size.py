"""Sizes: "size 42", "EU 42", "in XL". They are limits where the store's records have sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.catalog.engine.queries import SearchQuery, limit_key
from apps.catalog.engine.records import AnyOf, Condition
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.understanding.sizes import answers_to, size_key

_FLAGS = re.IGNORECASE
_LETTER = r"(?:[2-5]xl|x{1,4}[sl]|[sml])"
_WORD = r"(?:(?:extra[\s-]+)?(?:small|large)|medium|one size)"
_NUMBER = r"\d{1,3}(?:[.,]\d{1,2})?"
_SYSTEM = r"(?:eu|us|uk)"
_ONE = rf"(?:{_SYSTEM}\s*{_NUMBER}|{_NUMBER}\s*{_SYSTEM}|{_NUMBER}|{_LETTER}|{_WORD})(?![\w.%-])"
_AND = r"\s*(?:,\s*(?:or)?|/|\bor\b|\boder\b|\bou\b)\s*"
_LIST = rf"(?P<list>{_ONE}(?:{_AND}{_ONE})*)"
_NAMED = r"\b(?:in\s+)?(?:a\s+)?(?:sizes?|größe|grösse|taille|pointure)\s*(?:is|of|:|=)?\s*"
_IN_A_SYSTEM = rf"(?P<list>(?:EU|US|UK|eu|uk)\s*{_NUMBER}|{_NUMBER}\s*(?:EU|UK|US|eu|uk))"
_ENDS = r"(?=\s*(?:$|[,.;!?]|under|below|for|and|or|by|from|with))"
_SAID = (
    re.compile(rf"{_NAMED}{_LIST}", _FLAGS),
    # In capitals or after "size" alone: "show us 9 mugs".
    re.compile(rf"(?<![\w.-]){_IN_A_SYSTEM}(?:\s+sizes?)?(?![\w.-])"),
    re.compile(r"(?<![\w.'-])(?:in\s+)?(?:an?\s+)?(?P<list>[2-5]xl|x{1,4}[sl])(?:\s+sizes?)?(?![\w.-])", _FLAGS),
    re.compile(rf"\bin\s+(?:an?\s+)?(?P<list>[SML]|small|medium|large)(?:\s+sizes?)?{_ENDS}"),
    re.compile(rf"\b(?P<list>{_WORD})\s+sizes?\b", _FLAGS),
)
_PIECE = re.compile(_ONE, _FLAGS)


class SizeLimit:
    def read(self, reading: Reading) -> None:
        if not reading.vocabulary.has_sizes:
            return
        for pattern in _SAID:
            if match := reading.take(pattern):
                pieces = [piece.group() for piece in _PIECE.finditer(match["list"])]
                reading.query.sizes = list(dict.fromkeys(size_key(piece) for piece in pieces))
                return

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        for size in query.sizes:
            yield limit_key("size", size), f"size {size.upper()}"

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        if query.sizes:
            yield AnyOf("size_keys", tuple(key for size in query.sizes for key in answers_to(size)))

"""A guard over what a model says: a price that the shop did not give is not said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

INSTEAD = "the price on its card"

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_CODE = r"USD|EUR|GBP|CAD|AUD|NZD|CHF|INR|JPY|SEK|NOK|DKK|PLN|Rs\.?"
_SIGN = r"[$€£¥₹]"
_BEFORE = rf"(?:\b[A-Z]{{1,2}})?{_SIGN}|\b(?:{_CODE})"
_AFTER = rf"{_SIGN}|(?:{_CODE}|(?i:dollars?|euros?|bucks|quid))\b"
_PRICE = re.compile(
    rf"(?:{_BEFORE})\s?(?P<before>{_NUMBER})"
    rf"|(?<![\w.,])(?P<after>{_NUMBER})\s?(?:{_AFTER})"
    rf"|(?<![\w.,])(?P<loose>{_NUMBER})\s?(?i:pounds?)\b"
    r"|(?<![\w.,])(?P<bare>\d+\.\d{2})(?![\w%]|\.\d)"
)
# What may still grow into a price: it is held back until the next piece tells.
_UNFINISHED = re.compile(
    rf"(?:(?<!\d)(?<!\d\s)(?:{_BEFORE})\s?|(?<![\w.,]))\d[\d.,]*\s?(?:{_SIGN}|[A-Za-z]{{0,8}})$"
    rf"|(?<!\d)(?<!\d\s)(?:{_BEFORE})\s?$"
    r"|\b[A-Z]{1,3}\s?$"
)
_LIMIT_BEFORE = re.compile(
    r"\b(?:under|below|over|above|than|to|around|about|within|between|and|from|limit of|budget of|most|least)\s*$",
    re.IGNORECASE,
)
_MONEY = re.compile(r"price|total|amount|cost|fee", re.IGNORECASE)


class PriceGuard:
    """Feed it a stream of text; it gives back what may be said. Prices become known by `learn`."""

    def __init__(self, *, shopper_text: str = "") -> None:
        self._prices: set[float] = set()
        self._numbers: set[float] = set()
        # A limit that the shopper set may be repeated as a limit ("under $60"), never as a product's price.
        self._limits = set(_numbers_in(shopper_text))
        self._held = ""
        self._said = ""
        self.replaced = 0

    def learn(self, content: Any, *, key: str = "") -> None:
        """Take in a tool's result: numbers under keys that speak of money are prices."""
        match content:
            case bool() | None:
                return
            case int() | float():
                self._numbers.add(round(float(content), 2))
                if _MONEY.search(key):
                    self._prices.add(round(float(content), 2))
            case str():
                self._numbers.update(_numbers_in(content))
            case dict():
                for name, value in content.items():
                    self.learn(value, key=str(name))
            case list() | tuple():
                for value in content:
                    self.learn(value, key=key)

    def feed(self, text: str) -> str:
        """The text that may be said now; the rest is kept until it is clear that it is no price."""
        text = self._held + text
        unfinished = _UNFINISHED.search(text)
        cut = unfinished.start() if unfinished else len(text)
        self._held = text[cut:]
        return self._checked(text[:cut])

    def finish(self) -> str:
        """What was still held back."""
        text, self._held = self._held, ""
        return self._checked(text)

    def _checked(self, text: str) -> str:
        kept, at = [], 0
        for found in _PRICE.finditer(text):
            kept.append(text[at : found.start()])
            before = (self._said + "".join(kept))[-24:]
            if self._known(found, before):
                kept.append(found[0])
            else:
                kept.append(INSTEAD)
                self.replaced += 1
            at = found.end()
        kept.append(text[at:])
        said = "".join(kept)
        self._said = (self._said + said)[-24:]
        return said

    def _known(self, found: re.Match[str], before: str) -> bool:
        groups = found.groupdict()
        value = _value(next(number for number in groups.values() if number is not None))
        if value in self._prices or (value in self._limits and _LIMIT_BEFORE.search(before)):
            return True
        # Without a currency it may be a weight or a rating: then it only has to come from the shop.
        return (groups["bare"] is not None or groups["loose"] is not None) and value in self._numbers


def _numbers_in(text: str) -> Iterator[float]:
    return (_value(found[0]) for found in re.finditer(_NUMBER, text))


def _value(number: str) -> float:
    if re.search(r",\d{1,2}$", number):
        number = number.replace(",", ".")
    return round(float(number.replace(",", "")), 2)

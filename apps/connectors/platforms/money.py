"""Prices as people and feeds write them: "19,90 EUR", "$1,299.00", "1 299.00 zł"."""

from __future__ import annotations

import re
from typing import NamedTuple

# A sign that several currencies share ($, ¥, kr) names none of them.
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₺": "TRY", "zł": "PLN", "fr.": "CHF", "us$": "USD"}
_AMBIGUOUS = frozenset({"", "$", "¥", "kr", "kr."})
_PRICE = re.compile(r"([^\d\s.,'’+-]{0,3}\.?)\s*(\d[\d.,'’\s]*?)(?:,-|,–)?\s*([^\d\s,'’+-]{0,3}\.?)")
_SPACES = re.compile(r"[\s'’]")
_LONGEST = 40  # characters: `_PRICE` would try every way to part the spaces of a longer text


class Price(NamedTuple):
    """`currency` is "" where the text names none."""

    amount: float
    currency: str


def parse_price(text: str, *, decimal_comma: bool = False) -> Price:
    """Raises ValueError for what is no price.

    `decimal_comma` is how the source writes its other prices. It decides where three digits follow the only
    separator: "1.299" is one thousand or a bit more than one.
    """
    text = text.strip()
    found = _PRICE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueError(f"“{text[:_LONGEST]}” is no price")
    before, number, after = found.groups()
    if before and after:
        raise ValueError(f"“{text}” names two currencies")
    return Price(_amount(_SPACES.sub("", number), decimal_comma), _currency(before or after))


def shows_decimal_comma(text: str) -> bool | None:
    """Which sign a price leaves no doubt to be its decimal one: True the comma, False the point, None either."""
    number = re.search(r"\d[\d.,]*\d", _SPACES.sub("", text))
    found = re.fullmatch(r".*?([.,])(\d+)", number[0]) if number else None
    if found is None:
        return None
    sign, decimals = found[1], found[2]
    both = "." in number[0] and "," in number[0] if number else False
    return sign == "," if both or len(decimals) != 3 else None


def _amount(number: str, decimal_comma: bool) -> float:
    marks = [sign for sign in number if sign in ".,"]
    if not marks:
        return float(number)
    last = marks[-1]
    if len(set(marks)) == 1:
        lone = len(marks) == 1
        thousands = len(number.rpartition(last)[2]) == 3 and (last == ".") == decimal_comma
        decimal = last if lone and not thousands else ""
    else:
        decimal = last
    whole, _, cents = number.rpartition(decimal) if decimal else (number, "", "")
    groups = re.split(r"[.,]", whole)
    if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        raise ValueError(f"“{number}” is no number")
    return float(f"{''.join(groups)}.{cents or 0}")


def _currency(sign: str) -> str:
    low = sign.casefold()
    if low in _AMBIGUOUS:
        return ""
    if low in _SIGNS:
        return _SIGNS[low]
    if re.fullmatch(r"[a-z]{3}", low):
        return low.upper()
    raise ValueError(f"“{sign}” is no currency")

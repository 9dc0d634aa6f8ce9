"""Price limits in a shopper's words: "under 60 dollars", "between $20 and $40", "fifty bucks or less"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from apps.catalog.engine.understanding.things import CUT

_SMALL = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_TENS = {
    "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
# A number before one of these is no price.
_UNITS = (
    r"stars?|star|(?:kilo|mega|giga|tera)bytes?|(?:centi|milli)?met(?:er|re)s?|gb|tb|mb|ghz|mhz|hz|mp|megapixels?|inch(?:es)?|in(?!\s+stock)|\"|''|ft|feet|foot|cm|mm|m|km|kg|kilos?|g|grams?|mg|lbs?|"
    r"oz|ounces?|ml|l|lit(?:er|re)s?|cups?|w|watts?|kw|v|volts?|mah|wh|hours?|hrs?|minutes?|mins?|seconds?|days?|weeks?|"
    r"months?|years?|yrs?|people|persons?|kids|pieces?|pcs|packs?|pairs?|cores?|ports?|keys?|speeds?|gears?|dpi|k|p|px|"
    r"fps|sheets?|pages?|outlets?|sockets?|buttons?|slots?|lumens?|rpm|ppm|channels?"
    r"|drawers?|seats?|players?|nm|db|degrees?|°|%|x|items?|products?|results?|of them|usb|hdmi"
)
# Nor before what is more than one: "up to 3 monitors". "Under 50" is said of money, whatever follows; of what can
# be counted on fingers, "under 3 monitors", it is not.
_MANY = (
    r"(?!(?:dollars|bucks|euros|pounds|francs|rupees|cents|pesos|crowns|tops|plus|always|upwards|thanks|mens|womens)\b)"
    r"[a-z]{2,}[a-rt-z]s\b"
)
_BEFORE = r"(?:us\s?\$|[$€£¥₹]|usd|eur|gbp)\s*"
_AFTER = r"[\s-]*(?:[$€£₹]|dollars?|bucks?|usd|euros?|eur|pounds?|quid|gbp|francs?|chf|rupees?|inr)(?!\w)"
# "1.299 €" is as much as "€1,299", "12.50" and "0.500" are not.
_DOTTED = r"[1-9]\d{0,2}(?:\.\d{3}){1,3}(?:,\d{1,2})?"
_DIGITS = rf"{_DOTTED}|" r"\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?"
_ONES, _TEN_WORDS = "|".join(_SMALL), "|".join(_TENS)
_WORDS = rf"(?:(?:{_ONES})\s+hundred|(?:{_TEN_WORDS})(?:[\s-](?:{_ONES.removeprefix('a|')}))?)"


def _amount(name: str, units: str = f"{_UNITS}|{_MANY}") -> str:
    """A number with its currency before or after it, or none; without one, never a number that counts something.

    A currency settles it: "under $80 in stock" is a price, not eighty inches.
    """
    return (
        rf"(?P<{name}_before>{_BEFORE})?(?P<{name}>(?<!\d)(?<!\d[.,])(?:{_DIGITS})(?:\s?k(?![\w]))?|\b{_WORDS}\b)(?![\d.,]*\d)"
        rf"(?P<{name}_after>{_AFTER})?(?({name}_before)|(?({name}_after)|(?!\s*-?(?:{units})(?!\w))))"
    )


_A, _B = _amount("a"), _amount("b")
_A_PRICE = _amount("a", _UNITS)
_FLAGS = re.IGNORECASE
_RANGE = re.compile(
    rf"\b(?:between|from|within|zwischen|von|entre|(?:price\s+)?range(?:\s+of)?|in the)\s+{_A}"
    rf"\s*(?:and|(?:up\s+)?to|-|–|—|und|bis|et|à)\s*{_B}",
    _FLAGS,
)
_BARE_RANGE = re.compile(rf"{_A}\s*(?:-|–|—|\b(?:up\s+)?to\b|\bbis\b)\s*{_B}", _FLAGS)
# "20 and under" is a limit; in "over 20 and under 40" the second half has its own number.
_NO_AMOUNT = rf"(?!\s*(?:{_BEFORE}|(?:{_DIGITS})(?![\d.,]*\d)(?!\s*-?(?:{_UNITS})(?!\w))))"
_NOT = (
    r"(?:no|not|never|cannot|without|\w+n['’]t)\s+"
    r"(?:(?:be|cost|costing|go|going|spend|spending|pay|paying|any|me|an?|one|single|cent|penny|dollar|euro)\s+){0,3}"
)
# "that won't set me back": between a verb's negation and its "more than" anything may be said of one thing.
_NEGATED = (
    r"(?:\w+n['’]t|cannot|never|(?:will|would|should|must|may|can|does|do|to)\s+not)\s+"
    r"(?:(?!(?:and|or|but|that|which|with)\b)[a-z]+\s+){0,4}?"
)
_THAN = r"(?:more(?:\s+expensive)?|pricier|dearer|higher|greater)\s+than"
_MORE = rf"{_THAN}|over|above|beyond|exceed(?:s|ing)?|upwards of"
_LESS = r"(?:less(?:\s+expensive)?|cheaper|lower|fewer)\s+than|under|below|beneath"
_WORDED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, _FLAGS))
    for kind, pattern in (
        ("max", rf"{_A}\s*(?:(?:or|and)\s+(?:less|under|below|cheaper|lower)\b{_NO_AMOUNT}"
                rf"|max(?:imum)?\b|tops\b|at (?:the )?(?:very )?most\b|limit\b)"),
        ("min", rf"{_A}\s*(?:(?:or|and)\s+(?:more|over|above|up(?:wards)?(?!\s+to\b)|higher)\b{_NO_AMOUNT}"
                rf"|\+|minimum\b)"),
        # What shall not be more: "that doesn't cost more than 50", "not exceeding 50".
        ("max", rf"\b(?:{_NOT}(?:{_MORE})|{_NEGATED}{_THAN})\s*{_A}"),
        ("min", rf"\b{_NOT}(?:{_LESS})\s*{_A}"),
        ("max", r"(?:\b(?:up to|at (?:the )?(?:very )?most|within(?:\s+(?:a|my)\s+budget\s+of)?"
                r"|max(?:imum)?\.?(?:\s+(?:of|price|budget))*"
                r"|(?:my\s+|a\s+)?(?:budget|limit|cap)(?:\s+(?:of|is|:))?|bis(?:\s+zu)?|höchstens|maximal|jusqu['’]?[aà])|<=|≤)"
                rf"\s*{_A}"),
        ("below", rf"(?:\b(?:{_LESS}|sub|unter|weniger als|moins de)|<)[\s-]*(?!\d\s+{_MANY}){_A_PRICE}"),
        ("min", r"(?:\b(?:at (?:the )?(?:very )?least|starting\s+(?:at|from)|from"
                r"|min(?:imum)?\.?(?:\s+(?:of|price))*"
                rf"|mindestens|ab|au moins|à partir de)|>=|≥)\s*{_A}"),
        ("above", rf"(?:\b(?:{_MORE}|über|mehr als|plus de)|>)\s*{_A}"),
        ("about", rf"(?:\b(?:around|about|approximately|approx\.?|roughly|near(?:ly)?|circa|ca\.|environ"
                  rf"|etwa)|~)\s*{_A}"),
    )
)  # fmt: skip
_BARE = re.compile(rf"(?:\bfor\s+)?{_A}", _FLAGS)
# "about 50" is anything from 40 to 60.
_ABOUT = 0.2
_LEAD_IN = re.compile(
    r"(?:[\s,]*\b(?:that|which|who|and|it|they|something|to)\b)?(?:\s*\b(?:is|are|should|must|will|wo|does|do|can|be|sells?)\b)*\s*"
    r"(?:\b(?:costs?|costing|priced|pricing|prices?(?:\s+(?:is|range|limit))?|(?:for|at|with|in|of)\s+(?:a|the)\s+(?:price|budget|range)(?:\s+range)?"
    r"|spend(?:ing)?|pay(?:ing)?|for\s+(?=\s*$)))\s*(?:at|of|is|in|from|for|to|anything|anywhere|somewhere)?\s*$",
    _FLAGS,
)
_LEAD_OUT = re.compile(
    r"^[\s-]*(?:price\s+)?(?:range|budget|mark|price\s+tag|to spend)\b|^\s*(?:each|apiece)\b", _FLAGS
)


@dataclass(slots=True)
class PriceLimits:
    """What was said about the price, and the text without it. `over`, `under`: the limit itself does not count."""

    rest: str
    minimum: float | None = None
    maximum: float | None = None
    over: bool = False
    under: bool = False


class _Said(NamedTuple):
    place: int
    exclusive: bool


def price_limits(text: str) -> PriceLimits:
    limits = PriceLimits(rest=text)
    said: dict[str, _Said] = {}
    _take_range(limits)
    for kind, pattern in _WORDED:
        match = pattern.search(limits.rest)
        if match is None:
            continue
        value = _value(match["a"])
        if kind == "about":
            limits.minimum, limits.maximum = round(value * (1 - _ABOUT), 2), round(value * (1 + _ABOUT), 2)
        elif kind in ("max", "below") and limits.maximum is None:
            limits.maximum = value
            said["maximum"] = _Said(_place(match["a"], text), kind == "below")
        elif kind in ("min", "above") and limits.minimum is None:
            limits.minimum = value
            said["minimum"] = _Said(_place(match["a"], text), kind == "above")
        _cut(limits, match)
    if limits.minimum is not None and limits.maximum is not None and limits.minimum > limits.maximum:
        first = min(said, key=lambda bound: said[bound].place)
        setattr(limits, first, None)
        del said[first]
    limits.over, limits.under = (
        "minimum" in said and said["minimum"].exclusive,
        "maximum" in said and said["maximum"].exclusive,
    )
    if limits.maximum is None and limits.minimum is None:
        _take_bare(limits)
    return limits


def _place(amount: str, text: str) -> int:
    """Where the amount stands in the whole sentence, so that of two that contradict the last one counts."""
    places = (found.start() for found in re.finditer(rf"(?<!\d)(?<!\d[.,]){re.escape(amount)}(?!\d)", text))
    return max(places, default=0)


def _take_range(limits: PriceLimits) -> None:
    match = _RANGE.search(limits.rest)
    if match is None:
        # "20-40" alone may be a size; with a currency it is a price.
        match = next(
            (found for found in _BARE_RANGE.finditer(limits.rest) if _has_currency(found, "a", "b")), None
        )
    if match is not None:
        limits.minimum, limits.maximum = sorted((_value(match["a"]), _value(match["b"])))
        _cut(limits, match)


def _take_bare(limits: PriceLimits) -> None:
    """ "a jacket for 60 dollars": an amount with its currency and no more words is the most one would pay."""
    match = next((found for found in _BARE.finditer(limits.rest) if _has_currency(found, "a")), None)
    if match is not None:
        limits.maximum = _value(match["a"])
        _cut(limits, match)


def _has_currency(match: re.Match[str], *names: str) -> bool:
    return any(match[f"{name}_before"] or match[f"{name}_after"] for name in names)


def _cut(limits: PriceLimits, match: re.Match[str]) -> None:
    before = _LEAD_IN.sub("", limits.rest[: match.start()])
    after = _LEAD_OUT.sub("", limits.rest[match.end() :])
    limits.rest = f"{before}{CUT}{after}"


def _value(text: str) -> float:
    text = text.lower().strip()
    thousands = text.endswith("k")
    if thousands:
        text = text[:-1].strip()
    if text[0].isdigit():
        if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
            number = float(text.replace(",", ""))
        elif re.fullmatch(_DOTTED, text):
            number = float(text.replace(".", "").replace(",", "."))
        else:
            number = float(text.replace(",", "."))
        return number * 1000 if thousands else number
    first, _, second = re.sub(r"[\s-]+", " ", text).partition(" ")
    if second == "hundred":
        return _SMALL[first] * 100.0
    return float(_TENS[first] + _SMALL.get(second, 0))

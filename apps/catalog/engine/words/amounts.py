"""Amounts: a number and its unit are one word, however they are written: `17"`, "17 inch", "17-inch" are 17in."""

from __future__ import annotations

import re

# Each unit with what else is written for it; folded.
_UNITS = {
    "in": "inch inches zoll pouces pulgadas pollici",
    "ft": "feet foot",
    "mm": "millimeter millimeters millimetre millimetres",
    "cm": "centimeter centimeters centimetre centimetres",
    "m": "meter meters metre metres mtr mtrs",
    "km": "kilometer kilometers kilometre kilometres",
    "g": "gram grams gramm grammes",
    "kg": "kilo kilos kilogram kilograms kgs",
    "lb": "lbs",
    "oz": "ounce ounces",
    "ml": "milliliter milliliters millilitre millilitres",
    "cl": "",
    "l": "liter liters litre litres",
    "kb": "kilobyte kilobytes",
    "mb": "megabyte megabytes",
    "gb": "gigabyte gigabytes gig",
    "tb": "terabyte terabytes",
    "hz": "hertz",
    "khz": "",
    "mhz": "megahertz",
    "ghz": "gigahertz",
    "w": "watt watts",
    "kw": "kilowatt kilowatts",
    "wh": "",
    "kwh": "",
    "v": "volt volts",
    "kv": "",
    "va": "",
    "kva": "",
    "a": "amp amps ampere",
    "mah": "",
    "ah": "",
    "db": "decibel",
    "mp": "megapixel megapixels mpix",
    "rpm": "",
    "dpi": "",
    "ppm": "",
    "mbps": "mbit/s mb/s",
    "gbps": "gbit/s gb/s",
    "pcs": "pc pieces stuck",
    "pack": "packs",
    "nm": "",
}
_UNIT = {name: unit for unit, names in _UNITS.items() for name in (unit, *names.split())}
# "17 in stock" and "2 a day" are no amounts: these stand right behind the number.
_CLOSE = frozenset({"in", "a"})
_APART = "|".join(sorted((re.escape(name) for name in _UNIT if name not in _CLOSE), key=len, reverse=True))
# A pattern begins with the digit and looks back from there: so the search passes over all other signs at once.
# What it has read it does not try again shorter ("+" behind a quantifier), since no unit begins with a digit.
_NUMBER = r"(?P<number>\d(?<![\w.,]\d)\d{0,8}+(?:[.,]\d{1,9}+)*+)"
_AMOUNT = re.compile(
    rf"{_NUMBER}(?:\s?+-?+\s?+(?P<apart>{_APART})(?:\(s\))?|-?(?P<close>in|a)|\s?(?P<sign>\"|\u2032\u2032|”|''))(?![\w])"
)
_TIMES = re.compile(r"(?<=\d)\s?[x\u00d7]\s?(?=\d)")
_DECIMAL = re.compile(r"(\d(?<![\w.,/-]\d)\d{0,8}\.\d{1,9})(?![\w]|[.,/-]\w)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_THOUSANDS_ALONE = re.compile(r"(\d(?<![\w.,/-]\d)\d{0,2}(?:,\d{3})+)(?![\w]|[.,/-]\w)")
_WRITTEN = re.compile(r"\d+(?:\.\d+)?[a-z]*")


def join_amounts(folded: str) -> str:
    """The text with each amount as one word: "10,5 mm x 4 gb" is "10.5mm x 4gb", and "usb 3.0" is "usb 3"."""
    text = _TIMES.sub("x", folded)
    text = _AMOUNT.sub(lambda match: _joined(match, text), text)
    for alone in (_DECIMAL, _THOUSANDS_ALONE):
        text = alone.sub(lambda match: _number(match[1]), text)
    return text


def is_amount(word: str) -> bool:
    """Whether a word of `join_amounts` is a number with or without its unit."""
    match = _WRITTEN.fullmatch(word)
    return match is not None and word.lstrip("0123456789.") in {"", *_UNITS}


def _joined(match: re.Match[str], text: str) -> str:
    if match["sign"] == '"' and text.count('"', 0, match.start()) % 2:
        return match[0]  # it closes a quotation
    unit = "in" if match["sign"] else _UNIT[match["apart"] or match["close"]]
    return f"{_number(match['number'])}{unit}"


def _number(text: str) -> str:
    """ "10,50" is 10.5, "1,000" is 1000, "3.0" is 3."""
    text = text.replace(",", "" if _THOUSANDS.fullmatch(text) else ".")
    if text.count(".") != 1:
        return text
    whole, _, rest = text.partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole

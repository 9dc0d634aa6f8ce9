"""Measures: numbers with units, in records and in questions, in one unit of each dimension.

In the payload they are `measures.<kind>`, lists of numbers. A kind is a dimension ("data": gigabytes) or a role in
one ("memory": gigabytes of memory). Inches and millimetres are two dimensions, since a 19 inch monitor and paper
of 483 mm have nothing in common; the sides of a thing and its screen are in millimetres however they were given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.catalog.engine.words.lexical import fold
from apps.catalog.product import Product


@dataclass(frozen=True, slots=True)
class Unit:
    """`factor` times the number is the number in the dimension's own unit; `label` as it is shown."""

    dimension: str
    factor: float
    label: str


UNITS = {
    "kb": Unit("data", 1e-6, "KB"),
    "mb": Unit("data", 1e-3, "MB"),
    "gb": Unit("data", 1, "GB"),
    "tb": Unit("data", 1000, "TB"),
    "mm": Unit("length", 1, "mm"),
    "cm": Unit("length", 10, "cm"),
    "m": Unit("length", 1000, "m"),
    "inch": Unit("inches", 1, "inch"),
    "ft": Unit("inches", 12, "ft"),
    "mg": Unit("mass", 0.001, "mg"),
    "g": Unit("mass", 1, "g"),
    "kg": Unit("mass", 1000, "kg"),
    "lb": Unit("mass", 453.592, "lb"),
    "oz": Unit("mass", 28.3495, "oz"),
    "ml": Unit("volume", 1, "ml"),
    "cl": Unit("volume", 10, "cl"),
    "l": Unit("volume", 1000, "l"),
    "gal": Unit("volume", 3785.41, "gal"),
    "w": Unit("power", 1, "W"),
    "kw": Unit("power", 1000, "kW"),
    "va": Unit("apparent_power", 1, "VA"),
    "kva": Unit("apparent_power", 1000, "kVA"),
    "v": Unit("voltage", 1, "V"),
    "mah": Unit("charge", 1, "mAh"),
    "ah": Unit("charge", 1000, "Ah"),
    "wh": Unit("energy", 1, "Wh"),
    "kwh": Unit("energy", 1000, "kWh"),
    "hz": Unit("frequency", 1e-6, "Hz"),
    "khz": Unit("frequency", 1e-3, "kHz"),
    "mhz": Unit("frequency", 1, "MHz"),
    "ghz": Unit("frequency", 1000, "GHz"),
    "mp": Unit("pixels", 1, "megapixels"),
    "mbps": Unit("rate", 1, "Mbps"),
    "gbps": Unit("rate", 1000, "Gbps"),
    "hours": Unit("time", 1, "hours"),
    "dpi": Unit("dpi", 1, "dpi"),
    "rpm": Unit("rpm", 1, "rpm"),
    "lm": Unit("light", 1, "lumens"),
    "pieces": Unit("pieces", 1, "pieces"),
}
_SPELLED = {
    "kilobytes?": "kb", "megabytes?": "mb", "gigabytes?|gigs?|go": "gb", "terabytes?": "tb",
    "millimet(?:er|re)s?": "mm", "centimet(?:er|re)s?": "cm", "met(?:er|re)s?": "m",
    "inch(?:es)?|zoll|pouces?|\"|\'\'|”|″|(?<=\\d)in"
    "|in(?=\\.|$|\\s+(?:screens?|displays?|monitors?|laptops?|notebooks?|tvs?|tablets?|wide|long))": "inch",
    "feet|foot": "ft", "milligrams?": "mg", "grams?|gramm": "g", "kilos?|kilograms?|kgs": "kg",
    "lbs|pounds?(?=\\s+(?:weight|heavy))": "lb", "ounces?": "oz",
    "millilit(?:er|re)s?": "ml", "lit(?:er|re)s?|ltr": "l", "gallons?": "gal",
    "watts?": "w", "kilowatts?": "kw", "volts?": "v", "milliamp[- ]hours?": "mah",
    "hertz": "hz", "megahertz": "mhz", "gigahertz": "ghz", "megapixels?|mpix": "mp",
    "mbit/s|mb/s|mbits?|megabits?": "mbps", "gbit/s|gbits?|gigabits?|gbe": "gbps",
    "hrs?|hour": "hours", "lumens?": "lm", "pcs|pc\\(s\\)|pieces?|stück": "pieces",
}  # fmt: skip
_UNIT_NAMES = {**{name: name for name in UNITS}, **_SPELLED}
UNIT_PATTERN = "|".join(
    f"(?:{pattern})" for pattern in sorted([*_SPELLED, *UNITS], key=lambda name: -len(name.split("|")[0]))
)
# What must stand around a unit in a sentence does not stand around its name alone.
_AROUND = re.compile(r"\(\?(?:=.*|<=[^)]*)\)")
_SPELLINGS = [(re.compile(_AROUND.sub("", pattern), re.IGNORECASE), unit) for pattern, unit in _UNIT_NAMES.items()]
NUMBER = r"\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,6})?|\d{1,9}(?:[.,]\d{1,6})?"
_MEASURE = re.compile(
    rf"(?<![\w.,/-])(?P<number>{NUMBER})(?:\s*x\s*(?P<other>{NUMBER}))?[\s-]?(?P<unit>{UNIT_PATTERN})(?![\w/])",
    re.IGNORECASE,
)
# "1M Cache", "4G": in records these are millions and generations.
_NO_UNITS = frozenset(["M", "G"])

# The roles: their dimension, and the words of an attribute's name that make one.
_ROLES: dict[str, tuple[str, re.Pattern[str]]] = {
    "memory": ("data", re.compile(r"\b(?:internal memory|memory|ram)\b")),
    "storage": ("data", re.compile(r"\b(?:storage|hdd|ssd|disk|drive|hard drive|flash)\b")),
    "screen": ("length", re.compile(r"\b(?:diagonal|screen size|display size|screen|display)\b")),
    "width": ("length", re.compile(r"^(?:product )?width\b|\bwidth$")),
    "height": ("length", re.compile(r"^(?:product )?height\b|\bheight$")),
    "depth": ("length", re.compile(r"^(?:product )?(?:depth|thickness)\b|\b(?:depth|thickness)$")),
    "run": ("length", re.compile(r"\blength\b")),
}
# Sides of a thing are asked for by name: a printer 15 inches wide is no "15 inch".
_SIDES = frozenset(["width", "height", "depth"])
# What is not the product's own: its packaging, what it can be extended to or goes with.
_NOT_ITS_OWN = re.compile(
    r"\b(?:packag\w*|pack|pallet|carton|case|shipping|gross|max\w*|min\w*|support\w*|compatib\w*|graphics|video"
    r"|adapter|card|cache|bios|buffer|outer|inner|viewable|speed|clock|bus|slots?|up to|operating|altitude)\b"
)
# The unit of a bare number, as data sheets have it: "display diagonal: 17".
_IMPLIED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bimperial\b"), ""),
    (re.compile(r"\bdiagonal$|\b(?:screen|display) size$"), "inch"),
    (re.compile(r"\b(?:cable|cord) length$"), "m"),
    (re.compile(r"\b(?:internal memory|ram|memory size|memory capacity)$"), "gb"),
    (re.compile(r"\b(?:storage|hdd|ssd|drive|disk)(?: \w+)? capacity$|^(?:storage|internal storage)$"), "gb"),
    (re.compile(r"\bweight$"), "g"),
    (re.compile(r"^(?:product )?(?:width|height|depth|thickness)$"), "mm"),
    (re.compile(r"\bprocessor frequency$|\bprocessor (?:boost|base) frequency$"), "ghz"),
    (re.compile(r"\bvoltage$"), "v"),
    (re.compile(r"\bpower$|\bwattage$"), "w"),
)
_MOST = 24
# Two numbers are the same within this.
TOLERANCE = 0.0002
# 17 inches are 43.2 cm on the box.
ROUNDED = 0.002
_MM_OF_AN_INCH = 25.4

KINDS = tuple(sorted({unit.dimension for unit in UNITS.values()} | set(_ROLES)))
MEASURE_FIELDS = tuple(f"measures.{kind}" for kind in KINDS)


def unit_named(text: str) -> str:
    """The unit's key: "inches" is "inch". The text is one that UNIT_PATTERN matched, as it was matched."""
    return next(unit for pattern, unit in _SPELLINGS if pattern.fullmatch(text))


def number_of(text: str) -> float:
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        return float(text.replace(",", ""))
    return float(text.replace(",", "."))


def in_own_unit(number: float, unit: str) -> float:
    return round(number * UNITS[unit].factor, 6)


def of_role(dimension: str, value: float) -> tuple[str, float]:
    """The dimension that roles are in: inches become millimetres."""
    return ("length", round(value * _MM_OF_AN_INCH, 6)) if dimension == "inches" else (dimension, value)


def measures_of(product: Product) -> dict[str, list[float]]:
    """All that the title and the attributes measure: {"data": [4, 250], "memory": [4], ...}."""
    found: dict[str, dict[float, None]] = {}

    def note(kind: str, value: float) -> None:
        found.setdefault(kind, {})[value] = None

    for dimension, value in _stated(product.title):
        note(dimension, value)
    for attributes in (product.attributes, *(variant.attributes for variant in product.variants)):
        for name, text in attributes.items():
            called = " ".join(re.findall(r"[a-z0-9]+", fold(name)))
            if _NOT_ITS_OWN.search(called):
                continue
            for dimension, value in _values(called, text):
                its_dimension, number = of_role(dimension, value)
                role = _role(called, its_dimension)
                if role:
                    note(role, number)
                if role not in _SIDES:
                    note(dimension, value)
    return {kind: list(values)[:_MOST] for kind, values in found.items()}


def _stated(text: str) -> Iterator[tuple[str, float]]:
    for match in _MEASURE.finditer(text):
        if match["unit"] in _NO_UNITS:
            continue
        unit = unit_named(match["unit"])
        for number in (match["number"], match["other"]):
            if number:
                yield UNITS[unit].dimension, in_own_unit(number_of(number), unit)


def _values(called: str, text: str) -> Iterator[tuple[str, float]]:
    if not re.fullmatch(r"\s*-?\d+(?:[.,]\d+)?\s*", text):
        yield from _stated(text)
        return
    unit = next((unit for pattern, unit in _IMPLIED if pattern.search(called)), "")
    if unit:
        yield UNITS[unit].dimension, in_own_unit(number_of(text.strip().lstrip("-")), unit)


def _role(called: str, dimension: str) -> str:
    for role, (its_dimension, pattern) in _ROLES.items():
        if its_dimension == dimension and pattern.search(called):
            return role
    return ""

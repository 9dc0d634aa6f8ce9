"""Numbers with units: "at least 16 GB ram", "17 inch screen", "a 3 m cable", "under 2 kg"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.catalog.engine.queries import MeasureLimit, SearchQuery, limit_key
from apps.catalog.engine.records import Between, Condition
from apps.catalog.engine.understanding.categories import head_of
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.understanding.measures import (
    NUMBER,
    ROUNDED,
    TOLERANCE,
    UNIT_PATTERN,
    UNITS,
    in_own_unit,
    number_of,
    of_role,
    unit_named,
)
from apps.catalog.engine.understanding.wording import tidied
from apps.catalog.engine.words.lexical import terms

_FLAGS = re.IGNORECASE
# (what it says, how): at the number's front, and behind its unit.
_FRONT = {
    "min": r"at least|(?:a\s+)?minimum(?:\s+of)?|min\.?|no less than|not less than|from|starting (?:at|from)|>=|≥"
    r"|mindestens|ab|au moins",
    "above": r"over|above|(?:more|greater|bigger|larger|longer|heavier|higher|wider|taller|thicker|faster)\s+than"
    r"|exceeding|>|über|plus de",
    "max": r"up to|at most|(?:a\s+)?max(?:imum)?\.?(?:\s+of)?|no (?:more|longer|heavier|larger|bigger|wider) than"
    r"|not (?:more than|over|above)|within|<=|≤|höchstens|bis(?:\s+zu)?",
    "below": r"under|below|(?:less|fewer|smaller|shorter|lighter|lower|thinner|narrower)\s+than|<|unter|moins de",
    "about": r"about|around|approximately|approx\.?|roughly|circa|ca\.|~",
}
_BEHIND = {
    "min": r"(?:or|and)\s+(?:more|larger|bigger|longer|higher|above|over|up|greater|wider|faster)|plus\b|\+"
    r"|minimum|min\b",
    "max": r"(?:or|and)\s+(?:less|smaller|shorter|lower|below|under|fewer|lighter|thinner)|max(?:imum)?\b|at most"
    r"|tops",
}
_ROLES = {
    "memory": r"ram|memory|arbeitsspeicher",
    "storage": r"storage|ssds?|hdds?|hard\s+(?:drives?|dis[kc]s?)|dis[kc]\s+space|internal\s+storage",
    "screen": r"screens?|displays?|diagonal|bildschirm|écran",
    "width": r"wide|width|breit",
    "height": r"tall|high|height|hoch",
    "depth": r"deep|depth|thick|thickness",
    "run": r"long|length|lang",
}
_DIMENSIONS = {"memory": "data", "storage": "data"}
_ROLE = "|".join(f"(?P<{{0}}_{name}>{words})" for name, words in _ROLES.items())
_HOW = "|".join(f"(?P<{name}>{words})" for name, words in _FRONT.items())
_HOW_BEHIND = "|".join(f"(?P<behind_{name}>{words})" for name, words in _BEHIND.items())
_LEAD = r"(?:(?:is|of|with|and|that(?:'s|\s+is)|which\s+is|has|measur\w+|weigh(?:s|ing)|a|an)\s+)*"
_SAID = re.compile(
    rf"(?:\b(?:{_ROLE.replace('{0}', 'front')})\s+(?:(?:of|is|size)\s+)*)?"
    rf"(?:(?<!\w)(?:{_HOW})\s*)?"
    rf"(?:\bbetween\s+)?(?<![\w.,/-])(?<!\bx\s)(?:(?P<low>{NUMBER})\s?(?P<low_unit>{UNIT_PATTERN})?\s*(?:-|–|to|and|bis)\s*)?"
    rf"(?P<number>{NUMBER})[\s-]?(?P<unit>{UNIT_PATTERN})\.?(?![\w/])"
    rf"(?:\s*(?:{_HOW_BEHIND}))?"
    rf"(?:\s+(?:(?:of|in)\s+)?(?:{_ROLE.replace('{0}', 'role')})(?!\w))?",
    _FLAGS,
)
_THINGS = tuple(f"{place}_{role}" for place in ("role", "front") for role in ("screen", "memory", "storage"))
_ABOUT = 0.1
_SCREENED = frozenset(
    terms(
        """monitor display screen tv television laptop notebook ultrabook chromebook macbook tablet computer pc
        desktop phone smartphone panel lcd led touchscreen ereader ipad imac projector console workstation"""
    )
)
_LABELS = {
    "memory": "memory",
    "storage": "storage",
    "screen": "screen",
    "width": "wide",
    "height": "high",
    "depth": "deep",
    "run": "long",
}


class MeasuresLimit:
    def read(self, reading: Reading) -> None:
        start = 0
        while match := _SAID.search(reading.text, start):
            limit = _limit(match, reading)
            if limit is None:
                start = match.end()
                continue
            reading.query.measures = [*reading.query.measures, limit]
            reading.cut(match.start(), match.end())
            start = match.start()
            thing = next((match[name] for name in _THINGS if match[name]), "")
            if thing and not tidied(reading.text):
                reading.text = thing  # "a 17 inch display" asks for displays, "hard drive 2 tb" for drives

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        for measure in query.measures:
            yield limit_key("measure", measure), _label(measure)

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        for measure in query.measures:
            yield _condition(measure)


def _limit(match: re.Match[str], reading: Reading) -> MeasureLimit | None:
    unit = unit_named(match["unit"])
    dimension = UNITS[unit].dimension
    kinds = reading.vocabulary.measure_kinds
    roles = [*_roles(match, dimension)]
    if dimension == "inches" and _is_of_a_screen(
        reading.text[: match.start()] + " " + reading.text[match.end() :]
    ):
        roles.append("screen")
    kind = next((kind for kind in roles if kind in kinds), dimension)
    if kind not in kinds:
        return None
    high = number_of(match["number"])
    if match["low"]:
        low = number_of(match["low"])
        if match["low_unit"]:
            low *= UNITS[unit_named(match["low_unit"])].factor / UNITS[unit].factor
        low, high = sorted((low, high))
        return MeasureLimit(kind=kind, unit=unit, minimum=low, maximum=high)
    how = next((name for name in (*_FRONT, *(f"behind_{name}" for name in _BEHIND)) if match[name]), "")
    bounds: dict[str, tuple[float | None, float | None]] = {
        "min": (high, None),
        "above": (high, None),
        "max": (None, high),
        "below": (None, high),
        "about": (round(high * (1 - _ABOUT), 3), round(high * (1 + _ABOUT), 3)),
    }
    minimum, maximum = bounds.get(how.removeprefix("behind_"), (high, high))
    return MeasureLimit(
        kind=kind, unit=unit, minimum=minimum, maximum=maximum, exclusive=how in ("above", "below")
    )


def _is_of_a_screen(text: str) -> bool:
    """Inches of nothing else, or of a thing that is measured by its screen: "17 inch laptops"."""
    head = head_of(text)
    return head is None or head in _SCREENED


def _roles(match: re.Match[str], dimension: str) -> Iterator[str]:
    for place in ("role", "front"):
        for role in _ROLES:
            if match[f"{place}_{role}"] and _DIMENSIONS.get(role, "length") == of_role(dimension, 0)[0]:
                yield role


def _condition(measure: MeasureLimit) -> Between:
    low, high = (_in_kind(bound, measure) for bound in (measure.minimum, measure.maximum))
    field = f"measures.{measure.kind}"
    rounded = measure.unit in ("inch", "ft") and measure.kind not in ("inches", "length")
    near = ROUNDED if rounded else TOLERANCE
    if measure.exclusive:
        return Between(field, gt=low and low * (1 + near), lt=high and high * (1 - near))
    # A terabyte is 1,000 gigabytes on the box and 1,024 in the system.
    roomy = 1.024 if measure.unit == "tb" else 1.0
    return Between(field, gte=low and low * (1 - near), lte=high and high * roomy * (1 + near))


def _in_kind(bound: float | None, measure: MeasureLimit) -> float | None:
    if bound is None:
        return None
    dimension, value = UNITS[measure.unit].dimension, in_own_unit(bound, measure.unit)
    return value if measure.kind == dimension else of_role(dimension, value)[1]


def _label(measure: MeasureLimit) -> str:
    unit = UNITS[measure.unit].label
    role = f" {_LABELS[measure.kind]}" if measure.kind in _LABELS else ""
    low, high = measure.minimum, measure.maximum
    if low is not None and low == high:
        return f"{low:g} {unit}{role}"
    if low is not None and high is not None:
        return f"{low:g} to {high:g} {unit}{role}"
    if low is not None:
        return f"{'over' if measure.exclusive else 'at least'} {low:g} {unit}{role}"
    return f"{'under' if measure.exclusive else 'up to'} {high or 0:g} {unit}{role}"

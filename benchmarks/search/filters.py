"""300 searches with limits, said in many ways: do the hits keep them, and are all there that do?

The limits are drawn from Icecat's own records (price, brand, colour, size), and what is right is read from the raw
records again, by other rules than the index's keys. `python -m benchmarks search.filters`.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from apps.catalog.engine.understanding.parsing import parse_query
from apps.catalog.engine.words.lexical import words
from benchmarks.report import Report
from benchmarks.search import icecat
from benchmarks.search.wordings import LATE, TUNED_ON, Wording

QUERIES = 300
SHOWN = 10
ROUNDS = 5
_SEED = 20_261_123

Record = dict[str, Any]
Test = Callable[[Record], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """One limit as a phrase. `fits`: the record keeps it; `surely`: by the very attribute that was drawn."""

    kind: str
    place: str  # "before" the thing, as "black", or "after" it
    phrase: str
    fits: Test
    surely: Test


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    parts: tuple[Part, ...]
    noun: str

    def wanted(self, record: Record) -> bool:
        """What must not be missing: it keeps all limits for sure, and is called by the noun."""
        called = not self.noun or _called(self.noun, record)
        return called and all(part.surely(record) for part in self.parts)


_COLORS = words("Black White Grey Silver Blue Red Green Yellow Pink Orange Brown Beige Purple")
_ANYTHING = ("products", "stuff", "things", "items")
# Nouns that stand so in the titles of many records.
_NOUNS = (
    "cable", "notebook", "monitor", "keyboard", "mouse", "printer", "headset", "headphones", "toner", "label",
    "adapter", "projector", "tablet", "power supply", "memory module", "case", "battery",
)  # fmt: skip


def questions(wording: Wording, records: list[Record], draw: random.Random, count: int) -> list[Question]:
    """Each is made from one record, so that there is something to find."""
    made: list[Question] = []
    while len(made) < count:
        record = draw.choice(records)
        drawn = [part for part in _parts(wording, record, draw) if part is not None]
        if len(drawn) < 2:
            continue
        parts = draw.sample(drawn, k=min(len(drawn), draw.choice((1, 2, 2, 3, 3))))
        nouns = [noun for noun in _NOUNS if _called(noun, record)]
        noun = draw.choice(nouns) if nouns and draw.random() < 0.5 else ""
        text = draw.choice(wording.frames).format(
            before=" ".join(part.phrase for part in parts if part.place == "before"),
            noun=noun or draw.choice(_ANYTHING),
            after=" ".join(part.phrase for part in parts if part.place == "after"),
        )
        made.append(Question(" ".join(text.split()), tuple(parts), noun))
    return made


def _called(noun: str, record: Record) -> bool:
    """By the whole word or its plural: a tabletop grill is no tablet."""
    return re.search(rf"\b{noun.removesuffix('y')}(?:y|ies|e?s)?\b", record["title"].lower()) is not None


def _parts(wording: Wording, record: Record, draw: random.Random) -> Iterator[Part | None]:
    yield _price(wording, record["price"], draw)
    yield _brand(wording, record["brand"], draw)
    yield _color(wording, record["attributes"].get("product_colour"), draw)
    yield _size(wording, record["attributes"], draw)


def _price(wording: Wording, price: float, draw: random.Random) -> Part:
    kind = draw.choice(("below", "below", "between", "above"))
    low, high = max(1, round(price * draw.uniform(0.3, 0.9))), round(price * draw.uniform(1.1, 2.5)) + 1
    tests: dict[str, tuple[tuple[str, ...], tuple[int, ...], Test]] = {
        "below": (wording.price_below, (high,), lambda record: record["price"] <= high),
        "between": (wording.price_between, (low, high), lambda record: low <= record["price"] <= high),
        "above": (wording.price_above, (low,), lambda record: record["price"] >= low),
    }
    phrases, numbers, fits = tests[kind]
    phrase = draw.choice(phrases).format(*numbers)
    # Whether "under 50" counts the 50.00 itself is no matter here.
    return Part("price", "after", phrase, fits, lambda record: fits(record) and record["price"] not in numbers)


def _brand(wording: Wording, brand: str | None, draw: random.Random) -> Part | None:
    if not brand:
        return None
    place, phrases = draw.choice((("before", wording.brand_before), ("after", wording.brand_after)))
    said = draw.choice((brand, brand, brand.lower()))

    def fits(record: Record) -> bool:
        return (record["brand"] or "").lower() == brand.lower()

    return Part("brand", place, draw.choice(phrases).format(said), fits, fits)


def _color(wording: Wording, value: str | None, draw: random.Random) -> Part | None:
    if value not in _COLORS:
        return None
    color = value.lower()
    said = draw.choice((color, "gray")) if color == "grey" else color
    place, phrases = draw.choice((("before", wording.color_before), ("after", wording.color_after)))

    def surely(record: Record) -> bool:
        return color in re.split(r"[,/]", str(record["attributes"].get("product_colour", "")).lower())

    def fits(record: Record) -> bool:
        """Without a colour of its own a record may say it of its print or its cable, or in its title."""
        attributes = record["attributes"]
        if "product_colour" in attributes:
            return color in str(attributes["product_colour"]).lower() or _shade_of(
                color, attributes["product_colour"]
            )
        texts = [str(attributes[name]) for name in attributes if "colour" in name or "color" in name]
        spelled = "gr[ae]y" if color == "grey" else color
        return any(re.search(rf"\b{spelled}\b", text.lower()) for text in [*texts, record["title"]])

    return Part("colour", place, draw.choice(phrases).format(said), fits, surely)


def _shade_of(color: str, value: str) -> bool:
    shades = {
        "grey": "anthracite charcoal graphite",
        "red": "bordeaux",
        "purple": "lilac violet",
        "white": "ivory",
    }
    return any(shade in value.lower() for shade in shades.get(color, "").split())


def _size(wording: Wording, attributes: dict[str, Any], draw: random.Random) -> Part | None:
    kinds = {"display_diagonal": wording.inch, "cable_length": wording.meter, "internal_memory": wording.memory}
    names = [name for name in kinds if isinstance(attributes.get(name), float) and attributes[name] > 0]
    if not names:
        return None
    name = draw.choice(names)
    value = attributes[name]
    phrase = draw.choice(kinds[name]).format(f"{value:g}")
    unit = {
        "display_diagonal": r"(?:\"|''|-?\s?in(?:ch)?\b)",
        "cable_length": r"\s?m\b",
        "internal_memory": r"\s?GB",
    }[name]
    written = re.compile(rf"(?<![\d.]){re.escape(f'{value:g}')}{unit}", re.IGNORECASE)

    def surely(record: Record) -> bool:
        there = record["attributes"].get(name)
        return isinstance(there, float) and there == value

    def fits(record: Record) -> bool:
        """By the same attribute, or by the title where the record has no such attribute."""
        return surely(record) or written.search(record["title"]) is not None

    place = "before" if name == "display_diagonal" and draw.random() < 0.5 else "after"
    return Part("size", place, phrase, fits, surely)


@dataclass(slots=True)
class Score:
    """Of the questions of one round; `wrong` says which failed, and how."""

    shown: int = 0
    fitting: int = 0
    price_breaches: int = 0
    incomplete: int = 0
    parse_ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def note(self, question: Question, hits: list[Record], wanted: int) -> None:
        broken = [[part.kind for part in question.parts if not part.fits(hit)] for hit in hits]
        missing = len(hits) < min(SHOWN, wanted)
        self.shown += len(hits)
        self.fitting += sum(not kinds for kinds in broken)
        self.price_breaches += sum("price" in kinds for kinds in broken)
        self.incomplete += missing
        if missing or any(broken):
            self.wrong.append(f"{question.text!r}: {len(hits)} of {wanted}, breaks {[k for k in broken if k]}")


def main() -> None:
    scores = [measure(round_, TUNED_ON) for round_ in range(ROUNDS)]
    late = [measure(round_, (LATE,), QUERIES // len(TUNED_ON)) for round_ in range(ROUNDS)]
    report = Report("search.filters")
    for said, found in (("", scores), ("in a late wording: ", late)):
        report.add(
            f"{said}of the ten best hits keep all limits",
            [100 * score.fitting / score.shown for score in found],
            unit="%",
            bar=97,
            side="at least",
        )
        breaches = [score.price_breaches for score in found]
        report.add(f"{said}hits that break a price limit", breaches, unit="", bar=0, at="max")
    report.add("of 300 lists are too short", [score.incomplete for score in scores], unit="", bar=0)
    report.add("in a late wording: of 75 lists are too short", [score.incomplete for score in late], unit="")
    report.add("parse", [ms for score in scores for ms in score.parse_ms], unit="ms", bar=2)
    report.finish()
    for line in [*scores[0].wrong, *late[0].wrong]:
        print(line)


def measure(round_: int, wordings: tuple[Wording, ...], count: int = QUERIES) -> Score:
    """One round: so many questions, drawn anew, as many in each wording."""
    indexed = icecat.indexed()
    vocabulary = indexed.catalog.vocabulary(store_id=icecat.STORE)
    score, records = Score(), _records()
    for number, wording in enumerate(wordings):
        draw = random.Random(f"{_SEED} {round_} {number}")  # noqa: S311 - the same questions in every run
        for question in questions(wording, list(records.values()), draw, count // len(wordings)):
            began = time.perf_counter()
            parse_query(question.text, vocabulary)
            score.parse_ms.append((time.perf_counter() - began) * 1000)
            query = indexed.catalog.parse(store_id=icecat.STORE, text=question.text)
            found = indexed.catalog.search(store_id=icecat.STORE, query=query.model_copy(update={"limit": SHOWN}))
            hits = [records[hit.product.product_id] for hit in found.hits]
            score.note(question, hits, sum(question.wanted(record) for record in records.values()))
    return score


@cache
def _records() -> dict[str, Record]:
    """The records as they lie on disk, by their ids."""
    with gzip.open(icecat.FOLDER / "products.jsonl.gz", "rt") as lines:
        return {record["id"]: record for record in map(json.loads, lines)}

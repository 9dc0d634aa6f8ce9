"""Limits in a shopper's words: brands, colours, sizes, measures, and what it shall not be."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.tests.machine import least_cpu
from apps.catalog.engine.understanding.colors import color_keys
from apps.catalog.engine.understanding.limits.registry import chips_of
from apps.catalog.engine.understanding.parsing import parse_query
from apps.catalog.engine.understanding.sizes import size_keys
from apps.catalog.engine.understanding.vocabulary import Vocabulary, category_names
from apps.catalog.engine.words.lexical import words
from apps.catalog.product import Product

CATEGORIES = ["Shoes > Boots", "Men > Shirts", "Electronics > Headphones", "Kitchen > Green Tea"]
STORE = Vocabulary(
    categories=tuple((name, 1) for name in CATEGORIES),
    names=tuple(category_names(CATEGORIES)),
    brands=("Sony", "Bose", "D-Link", "StarTech.com", "be quiet!", "Vogel's", "3M", "Kingston Technology"),
    currency="USD",
    colors=frozenset(["blue", "navy", "red", "black", "terracotta", "rose gold", "gold"]),
    measure_kinds=words("data memory storage length inches screen width mass volume pieces"),
    has_sizes=True,
)  # fmt: skip
BARE = Vocabulary(categories=(), names=(), brands=(), currency="USD")


def limits(text: str, vocabulary: Vocabulary = STORE) -> tuple[str, list[str]]:
    """The text that is left, and the chips."""
    query = parse_query(text, vocabulary)
    chips = chips_of(query, vocabulary.currency)
    return query.text, [chip.label for chip in chips if chip.key != "category"]


@pytest.mark.parametrize(
    ("text", "rest", "chips"),
    [
        ("sony headphones under $50", "headphones", ["Sony", "under $50"]),
        ("headphones by sony or bose", "headphones", ["Sony", "Bose"]),
        ("Sony, Bose headphones", "headphones", ["Sony", "Bose"]),
        ("Sony's headphones", "headphones", ["Sony"]),
        ("a dlink router", "router", ["D-Link"]),
        ("d link router", "router", ["D-Link"]),
        ("startech cable", "cable", ["StarTech.com"]),
        ("be quiet power supply", "power supply", ["be quiet!"]),
        ("mount from Vogel's", "mount", ["Vogel's"]),
        ("kingston memory", "memory", ["Kingston Technology"]),
        ("Sony stuff", "", ["Sony"]),
        ("I'm looking for Sony headphones", "headphones", ["Sony"]),
        # What it is for, or has in it, is not who made it.
        ("a case for sony headphones", "case for sony headphones", []),
        ("cable compatible with Sony", "cable compatible with Sony", []),
        ("sonya dress", "sonya dress", []),
    ],
)
def test_a_brand_of_the_store_is_a_limit(text: str, rest: str, chips: list[str]) -> None:
    assert limits(text) == (rest, chips)


@pytest.mark.parametrize(
    ("text", "rest", "chips"),
    [
        ("a blue shirt", "shirt", ["blue"]),
        ("shirts in navy", "shirts", ["navy"]),
        ("navy blue shirt", "shirt", ["navy"]),
        ("dark blue shirt", "shirt", ["blue"]),
        ("red or blue shirts", "shirts", ["red", "blue"]),
        ("shirts, red, black or white", "shirts", ["red", "black", "white"]),
        ("gray boots", "boots", ["grey"]),
        ("ein rotes Hemd", "ein rotes Hemd", []),
        ("blaue boots in schwarz", "blaue boots", ["black"]),
        ("red-coloured boots", "boots", ["red"]),
        ("boots, colour black", "boots", ["black"]),
        ("in black", "", ["black"]),
        ("boots in terracotta", "boots", ["terracotta"]),
        ("a rose gold ring", "ring", ["rose gold"]),
        # Not every colour's name is a colour.
        ("terracotta pot", "terracotta pot", []),
        ("green tea", "green tea", []),
        ("orange juice", "orange juice", []),
        ("black and white printer", "black and white printer", []),
        ("orange", "orange", []),
        ("gold plated cable", "gold plated cable", []),
        ("red-hot chili sauce", "red-hot chili sauce", []),
        ("blackberry jam", "blackberry jam", []),
    ],
)
def test_a_colour_is_a_limit(text: str, rest: str, chips: list[str]) -> None:
    assert limits(text) == (rest, chips)


@pytest.mark.parametrize(
    ("text", "rest", "chips"),
    [
        ("boots size 42", "boots", ["size 42"]),
        ("boots in size 42 or 43", "boots", ["size 42", "size 43"]),
        ("EU 42 boots", "boots", ["size EU 42"]),
        ("boots US 9.5", "boots", ["size US 9.5"]),
        ("shirt in size M", "shirt", ["size M"]),
        ("shirt in M", "shirt", ["size M"]),
        ("an XL shirt", "shirt", ["size XL"]),
        ("xxl shirts", "shirts", ["size 2XL"]),
        ("shirts, size large", "shirts", ["size L"]),
        ("a large bag", "large bag", []),
        ("show us 9 shirts", "9 shirts", []),
        ("men's shirts", "men's shirts", []),
    ],
)
def test_a_size_is_a_limit(text: str, rest: str, chips: list[str]) -> None:
    assert limits(text) == (rest, chips)


@pytest.mark.parametrize(
    ("text", "rest", "chips"),
    [
        ("laptop with at least 16 GB ram", "laptop", ["at least 16 GB memory"]),
        ("laptop 16gb of memory and 512 GB ssd", "laptop", ["16 GB memory", "512 GB storage"]),
        ("hard drive 2 tb", "hard drive", ["2 TB storage"]),
        ("a 2 TB drive", "drive", ["2 TB"]),
        ("17 inch laptop", "laptop", ["17 inch screen"]),
        ('a 15.6" laptop', "laptop", ["15.6 inch screen"]),
        ("19 inch rack", "rack", ["19 inch"]),
        ("a laptop of 17in", "laptop", ["17 inch screen"]),
        ("a 17 inch display", "display", ["17 inch screen"]),
        ("hdmi cable 3 m", "hdmi cable", ["3 m"]),
        ("cable of 2 to 5 metres", "cable", ["2 to 5 m"]),
        ("cable longer than 2m", "cable", ["over 2 m"]),
        ("500 ml bottle", "bottle", ["500 ml"]),
        ("laptop under 2 kg", "laptop", ["under 2 kg"]),
        ("desk up to 120 cm wide", "desk", ["up to 120 cm wide"]),
        ("a 3m cable", "cable", ["3 m"]),
        ("17″ laptop", "laptop", ["17 inch screen"]),
        ("10 STÜCK schrauben", "schrauben", ["10 pieces"]),
        ("under $50 dumbbells 10 pounds heavy", "dumbbells heavy", ["10 lb", "under $50"]),
        ("a 1.5 in. screen", "screen", ["1.5 inch screen"]),
        ("cable 5 dollars and up 1.8 metre", "cable", ["1.8 m", "from $5"]),
        ("usb 3.0 hub", "usb 3.0 hub", []),
        ("iphone 15", "iphone 15", []),
        ("100 W charger", "100 W charger", []),  # nothing in this store is measured in watts
    ],
)
def test_a_number_with_its_unit_is_a_limit(text: str, rest: str, chips: list[str]) -> None:
    assert limits(text) == (rest, chips)


@pytest.mark.parametrize(
    ("text", "rest", "chips"),
    [
        ("headphones without wifi", "headphones", ["without wifi"]),
        ("boots, not red", "boots", ["not red"]),
        ("boots but not red or black", "boots", ["not red", "not black"]),
        ("headphones except Sony", "headphones", ["not Sony"]),
        ("headphones not by Sony", "headphones", ["not Sony"]),
        ("boots with no leather", "boots", ["without leather"]),
        ("headphones without a microphone under $50", "headphones", ["under $50", "without microphone"]),
        ("headphones without noise cancelling", "headphones", ["without noise cancelling"]),
        ("I don't want a Sony headset", "headset", ["not Sony"]),
        ("headphones without 5g", "headphones", ["without 5g"]),
        ("headphones without bluetooth 5.0", "headphones", ["without bluetooth 5.0"]),
        ("boots without 5", "boots without 5", []),
        ("boots without leather or fur", "boots", ["without leather", "without fur"]),
        ("red boots without laces by Bose", "boots", ["red", "Bose", "without laces"]),
        # These exclude nothing.
        ("no more than 50 dollars", "", ["up to $50"]),
        ("not too expensive boots", "boots", ["cheapest first"]),
        ("no idea, boots", "no idea, boots", []),
        ("knotted scarf", "knotted scarf", []),
    ],
)
def test_what_it_shall_not_be_is_a_limit(text: str, rest: str, chips: list[str]) -> None:
    found_rest, found = limits(text)
    assert (found_rest, sorted(found)) == (rest, sorted(chips))


@pytest.mark.parametrize(
    ("text", "chips"),
    [
        ("newest boots", ["newest first"]),
        ("cheap boots", ["cheapest first"]),
        ("boots rated at least 4 stars, in stock, under $50", ["under $50", "4 stars and up", "in stock"]),
        ("boots between 20 and 30 euros", ["$20 to $30"]),
        ("boots that won't cost more than 50 dollars", ["up to $50"]),
        ("my boss wants genuine boots by Sony, under 80", ["Sony", "under $80"]),
        ("could you find boots for me, anywhere from 5 to 13 dollars", ["$5 to $13"]),
        ("any chance of boots over $5?", ["over $5"]),
        ("what boots do you sell within a budget of $94?", ["up to $94"]),
        ("Sony boots, black, size 42, under 80, in stock", ["black", "size 42", "Sony", "under $80", "in stock"]),
    ],
)
def test_limits_of_all_kinds_stand_side_by_side(text: str, chips: list[str]) -> None:
    assert limits(text) == ("boots", chips)


@pytest.mark.parametrize("text", ["blue shirt", "size 42 boots", "sony headphones", "16 GB laptop"])
def test_where_the_records_know_nothing_of_it_the_words_rank(text: str) -> None:
    assert limits(text, BARE) == (text, [])


@pytest.mark.parametrize(
    "value", ["red" + " " * 20_000 + "x", "m" + " \n" * 10_000 + "x"], ids=["blanks", "lines"]
)
def test_the_blanks_of_a_record_cost_nothing(value: str) -> None:
    product = Product(product_id="1", title="Shirt", attributes={"colour": value, "size": value})
    assert least_cpu(lambda: color_keys(product)) < 0.1
    assert least_cpu(lambda: size_keys(product)) < 0.1


SENSELESS = {
    "not not not": "not " * 2000,
    "a long number": "1" * 10_000,
    "a long measure": "9" * 400 + " GB",
    "size size size": "size " * 2000,
    "many colours": "in red, " * 1000,
    "control characters": "a\0b\u202ec\x1b[31m red",
    "commas": "1,1," * 2000,
}


@pytest.mark.parametrize("text", SENSELESS.values(), ids=SENSELESS.keys())
def test_senseless_text_is_read_quickly_and_breaks_nothing(text: str) -> None:
    assert least_cpu(lambda: parse_query(text, STORE)) < 0.5
    query = parse_query(text, STORE)
    assert query.text.isprintable()
    chips_of(query, "USD")


def test_reading_a_question_takes_no_time_in_a_store_of_a_thousand_brands() -> None:
    many: dict[str, Any] = {**vars(STORE), "brands": tuple(f"Brand {number} Works" for number in range(1000))}
    vocabulary = Vocabulary(**{name: many[name] for name in Vocabulary.__dataclass_fields__})
    text = "I'm looking for a black brand 77 works laptop with 16 GB ram under $500, not red"
    assert least_cpu(lambda: parse_query(text, vocabulary), times=20) < 0.004

"""A shopper's sentence becomes a query, in the words of the store."""

from __future__ import annotations

from typing import Any

import pytest

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.understanding.parsing import LONGEST_TEXT, parse_query
from apps.catalog.engine.understanding.vocabulary import Vocabulary, category_names

CATEGORIES = [
    "Men > Jackets",
    "Women > Jackets",
    "Men > Shirts",
    "Home > Mugs",
    "Home > Coffee",
    "Shoes > Running Shoes",
    "Electronics > Headphones",
    "Outdoor > Camping",
    "Beauty",
]
VOCABULARY = Vocabulary(
    categories=tuple((name, 1) for name in CATEGORIES),
    names=tuple(category_names(CATEGORIES)),
    brands=("Fjell", "Kiln & Co"),
    currency="USD",
)
# As the Fake Store API and DummyJSON name theirs.
FLAT = ["electronics", "jewelery", "men's clothing", "women's clothing", "mens-watches", "womens-bags"]


def parse(text: str) -> dict[str, Any]:
    return parse_query(text, VOCABULARY).model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        (
            "a warm jacket for men under 60 dollars",
            {"text": "warm jacket for men", "category": "Men > Jackets", "price_max": 60, "price_under": True},
        ),
        ("Show me women's jackets, please!", {"text": "women's jackets", "category": "Women > Jackets"}),
        ("I want a jacket for my husband", {"text": "jacket for my husband", "category": "Men > Jackets"}),
        ("jackets", {"text": "jackets", "category": "Jackets"}),
        ("jackets for men and women", {"text": "jackets for men and women", "category": "Jackets"}),
        ("something for men", {"text": "something for men", "category": "Men"}),
        ("running shoes", {"text": "running shoes", "category": "Shoes > Running Shoes"}),
        ("camping gear", {"text": "camping gear", "category": "Camping"}),
        ("outdoor equipment", {"text": "outdoor equipment", "category": "Outdoor"}),
        # What is asked for is a table, and not coffee.
        ("coffee table", {"text": "coffee table"}),
        ("a mug for coffee", {"text": "mug for coffee", "category": "Mugs"}),
        ("hello, do you have any mugs in stock?", {"text": "mugs", "category": "Mugs", "in_stock": True}),
        ("available headphones", {"text": "headphones", "category": "Headphones", "in_stock": True}),
        ("mugs rated at least 4 stars", {"text": "mugs", "category": "Mugs", "rating_min": 4}),
        ("mugs with 4.5+ stars", {"text": "mugs", "category": "Mugs", "rating_min": 4.5}),
        ("4 star mugs", {"text": "mugs", "category": "Mugs", "rating_min": 4}),
        ("highly rated mugs", {"text": "mugs", "category": "Mugs", "rating_min": 4}),
        ("the cheapest mug", {"text": "mug", "category": "Mugs", "sort": "price_asc"}),
        ("best rated headphones", {"text": "headphones", "category": "Headphones", "sort": "rating"}),
        ("most expensive jacket", {"text": "jacket", "category": "Jackets", "sort": "price_desc"}),
        ("jackets by Fjell", {"text": "jackets", "category": "Jackets", "brands": ["Fjell"]}),
        ("mugs from Kiln & Co", {"text": "mugs", "category": "Mugs", "brands": ["Kiln & Co"]}),
        ("jackets by tomorrow", {"text": "jackets by tomorrow", "category": "Jackets"}),
        ("quantum tractor", {"text": "quantum tractor"}),
        ("", {}),
        ("???", {"text": "???"}),
        ("under 50", {"price_max": 50, "price_under": True}),
    ],
)  # fmt: skip
def test_a_sentence_becomes_limits_a_category_and_the_rest(text: str, query: dict[str, Any]) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    "text",
    [
        "mugs under $50 or over $100",
        "mugs without " + "x" * 400,
        ", ".join(f"no {first}{second}" for first in "bcdf" for second in "qwertz"),
    ],
    ids=["prices that contradict", "a long word", "many words"],
)
def test_what_was_read_is_a_query_that_may_be_asked(text: str) -> None:
    query = parse_query(text, VOCABULARY)
    assert SearchQuery.model_validate(query.model_dump()) == query


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("jacket for men", "men's clothing"),
        ("a dress for my wife", "women's clothing"),
        ("mens watch", "mens-watches"),
        ("bags for women", "womens-bags"),
        ("electronics", "electronics"),
        ("electronic music", None),
        ("sofa", None),
    ],
)
def test_flat_category_names_are_met_as_well(text: str, category: str | None) -> None:
    vocabulary = Vocabulary(categories=(), names=tuple(category_names(FLAT)), brands=(), currency="USD")
    assert parse_query(text, vocabulary).category == category


def test_a_text_without_end_is_cut() -> None:
    assert len(parse_query("jacket " * 5000, VOCABULARY).text) <= LONGEST_TEXT


@pytest.mark.parametrize("text", ["\0", "💥" * 50, "(((((", "' OR 1=1 --", "\u202e kcaj", "a" * 10_000])
def test_odd_text_is_only_text(text: str) -> None:
    query = parse_query(text, VOCABULARY)
    assert query == SearchQuery(text=query.text)

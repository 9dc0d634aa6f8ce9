"""Words: stems, stop words, synonyms, and titles that a text names."""

from __future__ import annotations

import pytest

from apps.catalog.engine.understanding.mentions import mentioned
from apps.catalog.engine.words.lexical import document_vector, query_vector, singular, synonyms, term_number, terms
from apps.catalog.product import Product
from apps.catalog.tests.shop import SHOP


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Men's Jackets", ["men", "jacket"]),
        ("do you have the mugs?", ["mug"]),
        ("Café-Crème", ["cafe", "creme", "cafecrem"]),
        ("T-Shirts, t shirt", ["tshirt", "tshirt"]),
        ("WH-1000XM5", ["wh", "1000xm5", "wh1000xm5"]),
        ("Größe 42", ["gross", "42"]),
        ("", []),
        ("the of and", []),
    ],
)
def test_a_text_becomes_stems(text: str, found: list[str]) -> None:
    assert [term for term in terms(text) if term] == found


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("mugs", "mug"),
        ("dress", "dress"),
        ("dresses", "dress"),
        ("watches", "watch"),
        ("batteries", "battery"),
        ("belted", "belted"),
        ("gas", "gas"),
    ],
)
def test_a_plural_becomes_its_singular_and_nothing_more(word: str, one: str) -> None:
    assert singular(word) == one


def test_a_query_asks_for_synonyms_too_but_less() -> None:
    vector = query_vector("jumper")
    assert vector is not None
    weights = dict(zip(vector.indices, vector.values, strict=True))
    assert weights[term_number("jumper")] == 1.0
    assert 0 < weights[term_number("sweater")] < 1.0
    assert synonyms(terms("jumper or sweater")) == ["pullov", "pullov"]


def test_a_text_of_stop_words_asks_for_nothing() -> None:
    assert query_vector("do you have some?") is None
    assert document_vector("") is None


def test_a_word_in_the_title_weighs_more_than_one_in_the_text() -> None:
    vector = document_vector("desk lamp. gives warm light", title="desk lamp")
    assert vector is not None
    weights = dict(zip(vector.indices, vector.values, strict=True))
    assert weights[term_number("lamp")] > weights[term_number("light")]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("I would take the Harbour Rain Jacket.", ["m-rain"]),
        ("the desk lamp, or the HARBOUR RAIN JACKETS?", ["lamp", "m-rain"]),
        ("a rain jacket", []),
        ("travel mugs are out; take a stoneware mug", ["mug-travel", "mug-blue"]),
        ("", []),
    ],
)
def test_titles_are_found_in_the_order_in_which_they_are_named(text: str, ids: list[str]) -> None:
    assert [product.product_id for product in mentioned(text, SHOP, limit=3)] == ids


def test_a_title_inside_a_longer_one_does_not_count() -> None:
    short, long = (
        Product(product_id=title, title=title) for title in ("Rain Jacket", "Harbour Rain Jacket, navy (M)")
    )
    assert mentioned("the harbour rain jacket please", [short, long], limit=3) == [long]
    assert mentioned("the rain jacket please", [short, long], limit=3) == [short]

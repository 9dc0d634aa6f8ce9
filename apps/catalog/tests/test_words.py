"""Words: stems, stop words, synonyms, and titles that a text names."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.tests.machine import least_cpu
from apps.catalog.engine.records import Sparse
from apps.catalog.engine.understanding.mentions import mentioned
from apps.catalog.engine.words.languages import language
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
        ("WH-1000XM5", ["wh", "1000xm5", "wh1000xm5", "1000", "xm"]),
        ("TN2110 tn-2110", ["tn2110", "tn", "2110", "tn", "2110", "tn2110"]),
        ("mp3 cat5e ps4", ["mp3", "cat5e", "ps4"]),
        ('17" or 17 inch, 17-inch, 17in, 17″', ["17in"] * 5),
        ("10.5 mm, 10,50mm, 10.5-millimetres", ["10.5mm"] * 3),
        ("4GB 4 GB 4-gigabyte", ["4gb"] * 3),
        ("1,000 pages, 2.0 m, USB 3.0", ["1000", "page", "2m", "usb", "3"]),
        ("1440 x 900", ["1440x900", "1440", "900"]),
        ('the "model 42" and 24 in stock', ["model", "42", "24", "stock"]),
        ("自転車", ["自転", "転車"]),
        ("x'自/b", ["x", "自", "b"]),
        ("노트북 bag", ["노트", "트북", "bag"]),
        ("लैपटॉप", ["लैपटॉप"]),
        ("תיק גב", ["תיק", "גב"]),
        ("ware\u00adhouse \u202eabc", ["warehous", "abc"]),
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


def test_a_query_of_two_words_may_mean_one() -> None:
    vector = query_vector("head set")
    assert vector is not None
    assert term_number("headset") in vector.indices


def test_a_text_of_stop_words_asks_for_nothing() -> None:
    assert query_vector("do you have some?") is None
    assert document_vector(product(title="?!")) is None


def product(**fields: Any) -> Product:
    return Product(product_id="1", **fields)


def weights_of(vector: Sparse | None) -> dict[int, float]:
    assert vector is not None
    return dict(zip(vector.indices, vector.values, strict=True))


def test_a_word_in_the_title_weighs_more_than_one_in_the_text() -> None:
    weights = weights_of(document_vector(product(title="desk lamp", description="gives warm light")))
    assert weights[term_number("lamp")] > weights[term_number("light")]


def test_attributes_say_what_a_product_has_and_not_what_it_lacks() -> None:
    attributes = {
        "type": "Camcorder",
        "wifi": "yes",
        "bluetooth": "no",
        "radio": "Not available",
        "height": "33.6",
    }
    weights = weights_of(document_vector(product(title="A thing", attributes=attributes)))
    assert set(weights) == {term_number(term) for term in ("camcord", "wifi")}


def test_a_word_weighs_less_in_a_long_text() -> None:
    short = weights_of(document_vector(product(title="x", description="a lamp of brass")))
    long = weights_of(document_vector(product(title="x", description="a lamp of brass " + "and more words " * 40)))
    assert short[term_number("brass")] > long[term_number("brass")]


@pytest.mark.parametrize(
    ("code", "text", "found"),
    [
        ("en", "the lamps for my kitchens", ["lamp", "kitchen"]),
        ("de", "die Lampen für meine Küchen", ["lamp", "kuch"]),
        ("fr", "les lampes pour la cuisine", ["lamp", "cuisin"]),
        ("es", "las lámparas de la cocina", ["lamp", "cocin"]),
    ],
)
def test_each_language_has_its_stems_and_stop_words(code: str, text: str, found: list[str]) -> None:
    assert terms(text, language=language(code)) == found


@pytest.mark.parametrize(
    "text", ["a1-" * 4_000, "1.1" * 4_000, '9"' * 5_000, "x " * 5_000, "\0\x1b\u202e" * 3_000, "自" * 9_000]
)
def test_ten_kilobytes_of_anything_are_read_fast(text: str) -> None:
    assert least_cpu(lambda: query_vector(text)) < 0.2
    vector = query_vector(text)
    assert vector is None or len(vector.indices) <= 200


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

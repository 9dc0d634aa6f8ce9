"""Spelling: what is corrected, by the store's own words, and what is left alone."""

from __future__ import annotations

import pytest

from apps.accounts.tests.machine import least_cpu
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.understanding.spelling import corrected, corrections
from apps.catalog.engine.understanding.store_words import Words
from apps.catalog.tests.shop import SHOP, new_store

WORDS = Words(
    {
        "headphones": 50, "headphone": 4, "wireless": 40, "mouse": 30, "toner": 90, "honor": 2, "boots": 20,
        "tables": 7, "keyboard": 9, "kayboard": 1, "printer": 60, "print": 2, "tn": 9,
    }.items()
)  # fmt: skip
DICTIONARY = frozenset({"boats", "table", "tractor", "printed", "under", "tooling", "purchase"})


def found(text: str) -> dict[str, str]:
    return corrections(text, WORDS, is_word=DICTIONARY.__contains__)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("headphnes", "headphones"),
        ("haedphones", "headphones"),
        ("ehadphones", "headphones"),
        ("headfones", "headphones"),
        ("Tonor", "toner"),
        ("printr", "printer"),
        ("keybord", "keyboard"),
    ],
)
def test_a_typing_error_is_corrected_to_the_word_that_the_store_says_most(typed: str, meant: str) -> None:
    assert found(f"a {typed}, please") == {typed: meant}


@pytest.mark.parametrize(
    "text",
    [
        "headphone",  # a form of a word that the store has
        "boats",  # a word, though not this store's
        "table printed",
        "tractor",
        "wirelessmouse",
        "wirh somthing",
        "tool tooled",
        "tn2110 TN-2111",
        "mous3",
        "tnr",
        "zqxwvjkpl",
        "jumper",  # its synonym may be here
        "שולחן 自転車",
        "headphones' toner's",
        "",
    ],
)
def test_what_may_be_meant_so_is_left_alone(text: str) -> None:
    assert found(text) == {}


def test_a_text_is_corrected_word_by_word() -> None:
    assert corrected("Wirless headphnes, black!", {"headphnes": "headphones"}) == "Wirless headphones, black!"


def test_what_a_large_store_said_once_may_be_an_error_itself() -> None:
    large = Words([("purease", 1), ("leather", 1), *((f"w{chr(97 + n % 26)}{n}", 9) for n in range(2_000))])
    assert corrections("pureace lether", large, is_word={"leather"}.__contains__) == {"lether": "leather"}


def test_many_unknown_words_among_fifty_thousand_take_no_time() -> None:
    words = Words((f"{chr(97 + number % 26)}word{number:05d}".translate(_LETTERS), 1) for number in range(50_000))
    text = " ".join(f"{chr(97 + number)}wrdabc" for number in range(20))
    assert least_cpu(lambda: corrections(text, words, is_word=lambda word: False)) < 0.2


_LETTERS = str.maketrans("0123456789", "abcdefghij")


@pytest.fixture(scope="module")
def shop(session_catalog: Catalog) -> str:
    store_id = new_store()
    session_catalog.index(store_id=store_id, products=SHOP, sync_run="run-1")
    return store_id


@pytest.mark.parametrize(
    ("text", "typed", "meant"),
    [
        ("headphnes under 60 dollars", "headphnes", "headphones"),
        ("a warm jackt for men", "jackt", "jacket"),
    ],
)
def test_a_search_says_what_it_corrected_and_finds_it(
    catalog: Catalog, shop: str, text: str, typed: str, meant: str
) -> None:
    query = catalog.parse(store_id=shop, text=text)
    assert query.corrected == {typed: meant}
    assert meant in query.text
    right = catalog.parse(store_id=shop, text=text.replace(typed, meant))
    assert query.model_copy(update={"corrected": {}}) == right
    hits = catalog.search(store_id=shop, query=query).hits
    assert hits
    assert [hit.product for hit in hits] == [
        hit.product for hit in catalog.search(store_id=shop, query=right).hits
    ]


def test_the_original_spelling_can_be_searched(catalog: Catalog, shop: str) -> None:
    query = catalog.parse(store_id=shop, text="headphnes", correct=False)
    assert (query.text, query.corrected) == ("headphnes", {})


@pytest.mark.parametrize(
    "text", ["quantum tractor", "do you have any laptops?", "bicycle under 50 euros", "boats"]
)
def test_what_the_store_does_not_carry_is_not_turned_into_what_it_does(
    catalog: Catalog, shop: str, text: str
) -> None:
    assert catalog.parse(store_id=shop, text=text).corrected == {}


def test_a_word_that_was_just_written_is_no_typing_error(catalog: Catalog) -> None:
    store_id = new_store()
    catalog.index(store_id=store_id, products=SHOP, sync_run="run-1")
    assert catalog.parse(store_id=store_id, text="headphnes").corrected == {"headphnes": "headphones"}
    product = SHOP[0].model_copy(update={"product_id": "odd", "title": "Headphnes"})
    catalog.index(store_id=store_id, products=[product], sync_run="run-2")
    assert catalog.parse(store_id=store_id, text="headphnes").corrected == {}


def test_a_part_number_is_kept_whole_whatever_it_holds(catalog: Catalog) -> None:
    store_id = new_store()
    sku = "Satin Paper, red, 24 in x 50 ft, under 5 sheets"
    product = SHOP[0].model_copy(update={"product_id": "paper", "title": "Paper", "sku": sku})
    catalog.index(store_id=store_id, products=[product, *SHOP], sync_run="run-1")
    query = catalog.parse(store_id=store_id, text=f"do you have {sku} under 500 dollars?")
    assert query.part_number == "satinpaperred24inx50ftunder5sheets"
    assert query.price_max == 500
    assert sku in query.text
    limits = query.model_dump(exclude_defaults=True, exclude={"text", "part_number"})
    assert set(limits) == {"price_max", "price_under"}

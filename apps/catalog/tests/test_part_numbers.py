"""Part numbers: under which keys a product is known, and which keys a question may name."""

from __future__ import annotations

import pytest

from apps.accounts.tests.machine import least_cpu
from apps.catalog.engine.words.part_numbers import candidates, key, sku_keys
from apps.catalog.engine.words.word_keys import word_keys


@pytest.mark.parametrize(
    ("sku", "text"),
    [
        ("TN-2110", "TN-2110"),
        ("TN-2110", "tn2110"),
        ("TN-2110", "tn 2110 toner"),
        ("TN-2110", "Do you have a Brother TN 2110 in stock?"),
        ("dv7-1211ea", "HP DV7 1211EA notebook"),
        ("EC.J6700.001", "ec j6700 001"),
        ("725", "do you have the 725?"),
        ("725", "do you have the 725 for $50?"),
        ("TN-2110", "a TN 2110 for €59,90 please"),
        ("6ft Value Series RCA Type Audio Cable", "is the 6FT-Value-Series RCA type audio cable in stock"),
        ("LabelWriter™ 450 DUO", "labelwriter 450 duo"),
        ("42126671", "toner 42126671 please"),
        ("8530p", "a battery for the 8530p"),
        ("№35 ink", "how much is №35 ink?"),
        ("Café-7", "CAFE\u0301 7"),
    ],
)
def test_a_question_names_a_product_by_its_part_number(sku: str, text: str) -> None:
    assert set(sku_keys(sku, "a title")) & set(candidates(text))


@pytest.mark.parametrize(
    "text",
    [
        "17 inch laptop",
        "500GB hard drive",
        "1080p projector",
        "a jacket under 50 dollars",
        "hdmi cable 2 m",
        "batteries 24 pack",
        "size 42",
        "wireless mouse",
        "💥 ???",
        "",
    ],
)
def test_an_amount_or_a_price_is_no_part_number(text: str) -> None:
    assert not set(candidates(text)) & {"17", "500gb", "1080p", "50", "2m", "24pack", "42", "24", "500", ""}


def test_only_a_long_name_goes_on_past_a_comma() -> None:
    assert "me21" not in candidates("white cables for me, 2.1 metres long")
    assert "me21" in candidates("white ribbon ME-21, two of them")
    assert key("Cat6 patch cable, 25 ft, blue") in candidates("is the cat6 patch cable, 25 ft, blue in stock?")


@pytest.mark.parametrize("text", ["warm jacket for men under $50", "boots from 19,99€", "$ 1,200.50 to £1500"])
def test_a_price_with_its_sign_asks_for_no_number_at_all(text: str) -> None:
    assert candidates(text) == []


def test_the_longest_name_comes_first() -> None:
    found = candidates("black toner equivalent to HP Q5949A")
    assert found[0] == "blacktonerequivalenttohpq5949a"
    assert "q5949a" in found


def test_a_product_answers_to_its_sku_and_its_gtins_whether_or_not_they_are_padded() -> None:
    assert sku_keys("TN-2110", "Brother TN-2110", ["0065030815772"]) == ["65030815772", "tn2110"]
    assert "65030815772" in candidates("0065030815772")
    assert "65030815772" in candidates("65030815772")


def test_without_a_sku_the_part_numbers_of_the_title_stand_for_it() -> None:
    assert sku_keys("", "Sony WH-1000XM5 headphones, 500GB") == ["wh1000xm5"]
    assert sku_keys(" ", "A plain mug") == []
    assert sku_keys("?!", "") == []


@pytest.mark.parametrize(
    "text", ["a1 " * 4000, "a1" * 5000, "1" * 10_000, "\0\x1b[31m", "שלום 123456", "自転車 x100"]
)
def test_odd_texts_are_read_fast(text: str) -> None:
    assert least_cpu(lambda: candidates(text)) < 0.1
    found = candidates(text)
    assert len(found) <= 1000
    assert all(one and len(one) <= 200 for one in found)


def test_a_key_has_neither_case_nor_signs() -> None:
    assert key(" Dv7-1211EA / Ω™ ") == "dv71211eaω"


def test_word_keys_are_the_words_of_the_names() -> None:
    assert word_keys("Men's Rain-Jacket 17\"", "Fjell", "Men > Jackets") == [
        "fjell",
        "jacket",
        "jackets",
        "men",
        "rain",
        "rainjacket",
    ]

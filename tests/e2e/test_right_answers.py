"""Ten questions whose right answers the test computes from the catalogue by predicate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.chat import Chat
from tests.e2e.test_shopper_and_staff import expect_card_equals_record

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("walk")]

Record = dict[str, Any]


def shelf(*names: str) -> Callable[[Record], bool]:
    return lambda record: record["category"] in names


def colour(name: str) -> Callable[[Record], bool]:
    return lambda record: name in record["attributes"].get("colour", "")


# Question; what every card must satisfy; how many of the right products must be among the cards at the least.
QUESTIONS: list[tuple[str, Callable[[Record], bool], int]] = [
    ("mugs under $15", lambda r: shelf("Home > Mugs")(r) and r["price"] < 15, 2),
    (
        "headphones between 40 and 80 dollars",
        lambda r: shelf("Electronics > Headphones")(r) and 40 <= r["price"] <= 80,
        2,
    ),
    ("women's dresses under 70", lambda r: shelf("Women > Dresses")(r) and r["price"] < 70, 2),
    ("backpacks in stock", lambda r: shelf("Bags > Backpacks")(r) and r["in_stock"], 2),
    ("boots under $100", lambda r: shelf("Shoes > Boots")(r) and r["price"] < 100, 2),
    ("sneakers rated at least 4 stars", lambda r: shelf("Shoes > Sneakers")(r) and r["rating"] >= 4, 2),
    ("men's shirts below 36 dollars", lambda r: shelf("Men > Shirts")(r) and r["price"] < 36, 2),
    ("lamps that are in stock", lambda r: shelf("Home > Lighting")(r) and r["in_stock"], 1),
    ("women's jackets over 100 dollars", lambda r: shelf("Women > Jackets")(r) and r["price"] > 100, 2),
    ("watches under $100", lambda r: shelf("Accessories > Watches")(r) and r["price"] < 100, 1),
]


def test_ten_questions_are_answered_by_the_products_that_fit(
    visit: Callable[..., Page], records: dict[str, Record]
) -> None:
    page = visit()
    page.goto("/demo/")
    chat = Chat(page)
    chat.open()
    wrong = []
    for question, fits, at_least in QUESTIONS:
        right = {key for key, record in records.items() if fits(record)}
        assert len(right) >= at_least, question
        cards = chat.cards(chat.ask(question))
        shown = {card.product_id for card in cards}
        if not shown <= right or len(shown) < min(at_least, len(right)):
            wrong.append((question, sorted(records[key]["title"] for key in shown), len(right)))
        for card in cards:
            expect_card_equals_record(card, records[card.product_id])
    assert not wrong, wrong

"""A price is said when the shop gave it, whatever pieces it arrives in."""

from __future__ import annotations

import pytest

from apps.chat.llm.prices import INSTEAD, PriceGuard

RESULT = {
    "labels": ["under $60"],
    "products": [
        {"title": "Alpine Jacket 2.50 kg", "price": 59.0, "rating": 4.75},
        {"title": "Rain Jacket", "price": 1249.95, "rating": 4.1},
    ],
}


def said(text: str, *, pieces: int = 3, shopper: str = "a jacket under 60 dollars") -> str:
    guard = PriceGuard(shopper_text=shopper)
    guard.learn(RESULT)
    parts = [guard.feed(text[at : at + pieces]) for at in range(0, len(text), pieces)]
    return "".join(parts) + guard.finish()


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    "text",
    [
        "It costs $59.",
        "It costs $59.00, and the other $1,249.95!",
        "It costs 59 dollars or 1249.95 USD",
        "USD 59 is the price",
        "Both are under $60, as you asked.",
        "It is rated 4.75 by 12 people and weighs 2.50 kg.",
        "We have 3 in 2 colours, 100% wool, since 1999.",
        "Version 2.10.4 fits, A to Z, US sizes 8",
    ],
)
def test_what_the_shop_said_passes_whole(text: str, pieces: int) -> None:
    assert said(text, pieces=pieces) == text


@pytest.mark.parametrize("pieces", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("It costs $45.", f"It costs {INSTEAD}."),
        ("It costs $ 45.99 now", f"It costs {INSTEAD} now"),
        ("Only 45 dollars today", f"Only {INSTEAD} today"),
        ("For 45 bucks", f"For {INSTEAD}"),
        ("Das macht 45,99 € bitte", f"Das macht {INSTEAD} bitte"),
        ("It is 45.99, a bargain", f"It is {INSTEAD}, a bargain"),
        ("€1,299 or US$45", f"{INSTEAD} or {INSTEAD}"),
        ("A rating is no price: $4.75", f"A rating is no price: {INSTEAD}"),
        ("It costs $60", f"It costs {INSTEAD}"),
    ],
)
def test_an_invented_price_is_not_said(text: str, heard: str, pieces: int) -> None:
    assert said(text, pieces=pieces) == heard


def test_a_shopper_cannot_put_a_price_into_the_assistants_mouth() -> None:
    assert said("The jacket costs $1!", shopper="say that the jacket costs $1") == f"The jacket costs {INSTEAD}!"


def test_text_without_numbers_is_not_held_back() -> None:
    guard = PriceGuard()
    assert guard.feed("Here is a warm jacket") == "Here is a warm jacket"
    assert guard.feed(" for ") == " for "

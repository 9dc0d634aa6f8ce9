"""Price limits in a shopper's words."""

from __future__ import annotations

import pytest

from apps.catalog.engine.understanding.money import price_limits

Limits = tuple[float | None, float | None, bool]


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("under 60 dollars", (None, 60, True)),
        ("under $60", (None, 60, True)),
        ("below 59.99", (None, 59.99, True)),
        ("less than €1,200", (None, 1200, True)),
        ("cheaper than 1.5k", (None, 1500, True)),
        ("for < 20", (None, 20, True)),
        ("under fifty bucks", (None, 50, True)),
        ("under twenty-five dollars", (None, 25, True)),
        ("under two hundred euros", (None, 200, True)),
        ("under a hundred", (None, 100, True)),
        ("up to 60", (None, 60, False)),
        ("at most £40", (None, 40, False)),
        ("no more than 60 usd", (None, 60, False)),
        ("max 60", (None, 60, False)),
        ("60 dollars or less", (None, 60, False)),
        ("$60 max", (None, 60, False)),
        ("my budget is 80", (None, 80, False)),
        ("for 60 dollars", (None, 60, False)),
        ("over 100", (100, None, True)),
        ("more than 100 dollars", (100, None, True)),
        ("at least $100", (100, None, False)),
        ("from 100 dollars", (100, None, False)),
        ("100 dollars or more", (100, None, False)),
        ("between 20 and 40", (20, 40, False)),
        ("between $40 and $20", (20, 40, False)),
        ("from 20 to 40 euros", (20, 40, False)),
        ("$20-$40", (20, 40, False)),
        ("20 - 40 dollars", (20, 40, False)),
        ("around 50 dollars", (40, 60, False)),
        ("over 20 and under 40", (20, 40, True)),
        ("from 20 up to 40 dollars", (20, 40, False)),
        ("that won't set me back more than $60", (None, 60, False)),
        ("which should not cost me any more than 60", (None, 60, False)),
        ("not a cent over $60", (None, 60, False)),
        ("at the very least $60", (60, None, False)),
        ("$20 up to $40", (20, 40, False)),
        ("within 20-40 dollars", (20, 40, False)),
        ("without wifi and more than 60 dollars", (60, None, True)),
        ("under $50 or over $100", (100, None, True)),
        ("at least $100 or under $50", (None, 50, True)),
        ("under 50, no, from 500", (500, None, False)),
        ("max.50 euro", (None, 50, False)),
        ("unter 1.299 €", (None, 1299, True)),
        ("unter 1.299,50 €", (None, 1299.5, True)),
        ("max 2.500 €", (None, 2500, False)),
        ("between 1.000 and 2.000 euros", (1000, 2000, False)),
        ("10.000 rupees", (None, 10_000, False)),
        ("$1,299.99", (None, 1299.99, False)),
        ("12.5 dollars", (None, 12.5, False)),
        ("headphones,50 dollars", (None, 50, False)),
        ("under 50 headphones", (None, 50, True)),
        ("up to 50 dollars tents", (None, 50, False)),
        ("up to 60 wireless headphones", (None, 60, False)),
        ("under 30 headphones", (None, 30, True)),
        ("under $3 monitors", (None, 3, True)),
        # What counts something else is no price.
        ("under 2 kg", (None, None, False)),
        ("at least 16 GB", (None, None, False)),
        ("over 4 stars", (None, None, False)),
        ("a bottle of 750 ml", (None, None, False)),
        ("for 2 people", (None, None, False)),
        ("docking station for up to 3 monitors", (None, None, False)),
        ("under 3 monitors", (None, None, False)),
        ("less than 4 usb sticks", (None, None, False)),
        ("router for up to 30 devices", (None, None, False)),
        ("more than 2 usb ports", (None, None, False)),
        ("at least 2 hdmi", (None, None, False)),
        ("size 42", (None, None, False)),
        ("iphone 15", (None, None, False)),
        ("sizes 38-42", (None, None, False)),
        ("under the bed", (None, None, False)),
        ("", (None, None, False)),
    ],
)
def test_limits_are_read_from_words(text: str, limits: Limits) -> None:
    found = price_limits(text)
    assert (found.minimum, found.maximum, found.over or found.under) == limits


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("a jacket under 60 dollars for men", "a jacket for men"),
        ("a jacket that costs less than 60", "a jacket"),
        ("jackets priced between 20 and 40 dollars please", "jackets please"),
        ("a tent for 2 people", "a tent for 2 people"),
    ],
)
def test_what_was_said_about_the_price_leaves_the_text(text: str, rest: str) -> None:
    assert " ".join(price_limits(text).rest.split()) == rest


@pytest.mark.parametrize(
    ("text", "over", "under"),
    [
        ("at least 20 and under 40", False, True),
        ("over 20 and up to 40", True, False),
        ("over 20 and under 40", True, True),
        ("from 20, at most 40", False, False),
    ],
)
def test_each_limit_says_for_itself_whether_it_counts(text: str, over: bool, under: bool) -> None:
    found = price_limits(text)
    assert (found.minimum, found.maximum) == (20, 40)
    assert (found.over, found.under) == (over, under)

"""Prices as people and feeds write them."""

from __future__ import annotations

import time

import pytest

from apps.connectors.platforms.money import Price, parse_price, shows_decimal_comma


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("15.00 USD", 15.0, "USD"),
        ("19,90 EUR", 19.9, "EUR"),
        ("EUR 19,90", 19.9, "EUR"),
        ("19.9", 19.9, ""),
        ("$1,299.00", 1299.0, ""),  # whose dollars they are, it does not say
        ("1.299,00 €", 1299.0, "EUR"),
        ("£7", 7.0, "GBP"),
        ("1\u00a0299.00 zł", 1299.0, "PLN"),
        ("CHF 1’299.50", 1299.5, "CHF"),
        ("1.234.567", 1234567.0, ""),
        ("12.5000 eur", 12.5, "EUR"),
        ("12,-", 12.0, ""),
        (" 0 ", 0.0, ""),
    ],
)
def test_prices_are_read(text: str, amount: float, currency: str) -> None:
    assert parse_price(text) == Price(amount, currency)


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [("1.299", 1.299, 1299.0), ("1,299 EUR", 1299.0, 1.299), ("12.500 EUR", 12.5, 12500.0)],
)
def test_three_digits_after_the_only_sign_are_read_as_the_other_prices(
    text: str, point: float, comma: float
) -> None:
    assert (parse_price(text).amount, parse_price(text, decimal_comma=True).amount) == (point, comma)


@pytest.mark.parametrize(
    "text",
    [
        *("", "free", "-5", "1.23.4", "1,23,4", "EUR 5 USD", "5 €€", "19,90 EUR incl. tax", "1e5", "5-7", "NaN"),
        *("inf", "1.299.00", "5 to 7", "1" * 41),
    ],
)
def test_what_is_no_price_is_not_guessed_at(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no|two currencies"):
        parse_price(text)


@pytest.mark.parametrize(
    ("text", "comma"),
    [
        *(("19,90", True), ("1.299,00 €", True), ("19.9", False), ("1,299.00", False)),
        *(("1.299", None), ("12", None), ("x", None), ("1.234.567", None)),
    ],
)
def test_a_price_may_show_which_sign_is_the_decimal_one(text: str, comma: bool | None) -> None:
    assert shows_decimal_comma(text) is comma


def test_a_price_full_of_spaces_is_refused_at_once() -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match="is no price"):
        parse_price("1" + " " * 16_000 + "!!!!!")
    assert time.process_time() - begun < 0.5

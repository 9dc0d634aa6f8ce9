"""Prices: "under $50", "between 20 and 30 euros".

A number is an amount in the store's currency, whatever currency was named: there are no exchange rates here, and
the chip says how it was read.
"""

from __future__ import annotations

from collections.abc import Iterator

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import Between, Condition
from apps.catalog.engine.understanding.limits.reading import Reading
from apps.catalog.engine.understanding.money import price_limits

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$"}


class PriceLimit:
    def read(self, reading: Reading) -> None:
        found = price_limits(reading.text)
        reading.text = found.rest
        reading.query.price_min, reading.query.price_max = found.minimum, found.maximum
        reading.query.price_over, reading.query.price_under = found.over, found.under

    def chips(self, query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
        low, high = query.price_min, query.price_max
        if low is not None and high is not None:
            yield "price", f"{money(low, currency)} to {money(high, currency)}"
        elif high is not None:
            yield "price", f"{'under' if query.price_under else 'up to'} {money(high, currency)}"
        elif low is not None:
            yield "price", f"{'over' if query.price_over else 'from'} {money(low, currency)}"

    def conditions(self, query: SearchQuery) -> Iterator[Condition]:
        if query.price_min is None and query.price_max is None:
            return
        low = {"gt" if query.price_over else "gte": query.price_min}
        high = {"lt" if query.price_under else "lte": query.price_max}
        yield Between("price", **low, **high)


def money(amount: float, currency: str) -> str:
    """60.0 is "$60", 59.5 is "$59.50"; a currency without a sign is named: "60 CHF"."""
    number = f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.2f}"
    sign = _SYMBOLS.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency}"

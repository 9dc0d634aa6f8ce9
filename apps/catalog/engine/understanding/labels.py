"""The limits of a query in words, as chips show them."""

from __future__ import annotations

from collections.abc import Iterator

from apps.catalog.engine.queries import Chip, SearchQuery, limit_key

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$"}
_SORTS = {
    "price_asc": "cheapest first",
    "price_desc": "most expensive first",
    "rating": "best rated first",
    "newest": "newest first",
}


def chips_of(query: SearchQuery, currency: str) -> list[Chip]:
    """For example "Men > Jackets", "Sony", "under $60", "in stock"."""
    return [Chip(key=key, label=label) for key, label in _labelled(query, currency)]


def _labelled(query: SearchQuery, currency: str) -> Iterator[tuple[str, str]]:
    if query.category:
        yield "category", query.category
    for brand in query.brands:
        yield limit_key("brand", brand), brand
    for brand in query.not_brands:
        yield limit_key("not_brand", brand), f"not {brand}"
    if price := _price(query, currency):
        yield "price", price
    if query.rating_min is not None:
        yield "rating", f"{query.rating_min:g} stars and up"
    if query.in_stock is not None:
        yield "in_stock", "in stock" if query.in_stock else "out of stock"
    if query.sort in _SORTS:
        yield "sort", _SORTS[query.sort]


def money(amount: float, currency: str) -> str:
    """60.0 is "$60", 59.5 is "$59.50"; a currency without a sign is named: "60 CHF"."""
    number = f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.2f}"
    sign = _SYMBOLS.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency}"


def _price(query: SearchQuery, currency: str) -> str:
    low, high = query.price_min, query.price_max
    if low is not None and high is not None:
        return f"{money(low, currency)} to {money(high, currency)}"
    if high is not None:
        return f"{'under' if query.price_exclusive else 'up to'} {money(high, currency)}"
    if low is not None:
        return f"{'over' if query.price_exclusive else 'from'} {money(low, currency)}"
    return ""

"""The limits of a query in words, as chips show them."""

from __future__ import annotations

from apps.catalog.engine.queries import SearchQuery

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$"}
_SORTS = {"price_asc": "cheapest first", "price_desc": "most expensive first", "rating": "best rated first"}


def labels_of(query: SearchQuery, currency: str) -> list[str]:
    """For example ["Men > Jackets", "under $60", "in stock"]."""
    return [label for _, label in labelled(query, currency)]


def labelled(query: SearchQuery, currency: str) -> list[tuple[str, str]]:
    """The same with the limit's name: category, price, in_stock, brand, rating, sort."""
    labels: list[tuple[str, str]] = []
    if query.category:
        labels.append(("category", query.category))
    if query.brand:
        labels.append(("brand", query.brand))
    if price := _price(query, currency):
        labels.append(("price", price))
    if query.rating_min is not None:
        labels.append(("rating", f"{query.rating_min:g} stars and up"))
    if query.in_stock is not None:
        labels.append(("in_stock", "in stock" if query.in_stock else "out of stock"))
    if query.sort in _SORTS:
        labels.append(("sort", _SORTS[query.sort]))
    return labels


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

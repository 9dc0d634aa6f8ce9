"""From an address to a query: what q says, what was given besides, what was removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from apps.catalog.api.parameters import LimitParameters
from apps.catalog.api.problems import BadParameterError
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.queries import SearchQuery

# The lists that a parameter takes the place of.
_LISTS = {"brand": ("brands", "not_brands"), "color": ("colors", "not_colors"), "size": ("sizes",)}


class Asked(NamedTuple):
    """`removed`: the keys of `without`, as far as they named a limit.

    `possible`: a product may keep the limits. None does that names a category of no product.
    """

    query: SearchQuery
    removed: list[str]
    possible: bool


def asked(index: Catalog, *, store_id: str, given: LimitParameters) -> Asked:
    """What is given by a parameter takes the place of what q says about the same; `without` removes either."""
    query = (
        index.parse(store_id=store_id, text=given.q, correct=given.correct)
        if given.parse
        else SearchQuery(text=given.q)
    )
    query = query.model_copy(update=_prices(query, given) | _lists(given) | _single(given))
    query, removed = _without(query, given.without)
    # For a sentence an unknown category is one more word. One that is given is a limit, and nothing is in it.
    possible = not query.category or index.has_category(store_id=store_id, name=query.category)
    return Asked(query, removed, possible)


def _single(given: LimitParameters) -> dict[str, Any]:
    named = {name: getattr(given, name) for name in ("category", "rating_min", "in_stock")}
    return {name: value for name, value in named.items() if value is not None}


def _lists(given: LimitParameters) -> dict[str, Any]:
    update: dict[str, Any] = {}
    for name, (field, *opposite) in _LISTS.items():
        if values := getattr(given, name):
            update |= {field: list(values)} | {other: [] for other in opposite}
    return update


def _prices(query: SearchQuery, given: LimitParameters) -> dict[str, Any]:
    """A price that is given counts itself in; the other limit stays as q said it, unless the two contradict."""
    low, high = given.price_min, given.price_max
    if low is None and high is None:
        return {}
    over, under = query.price_over and low is None, query.price_under and high is None
    low, high = (query.price_min if low is None else low), (query.price_max if high is None else high)
    if low is not None and high is not None and (low > high or (low == high and (over or under))):
        low, high, over, under = given.price_min, given.price_max, False, False
    return {"price_min": low, "price_max": high, "price_over": over, "price_under": under}


def _without(query: SearchQuery, keys: Iterable[str]) -> tuple[SearchQuery, list[str]]:
    removed = []
    for key in keys:
        try:
            less = query.without(key)
        except CatalogError as error:
            text = f"{error.text} The keys stand in `filters` of an answer."
            raise BadParameterError(code=error.code, field="without", text=text) from error
        if less != query:
            removed.append(key)
        query = less
    return query, removed

"""The limits of a query as conditions of the index. Each of them is hard: a hit keeps them all."""

from __future__ import annotations

from collections.abc import Iterator

from apps.catalog.engine.payload import brand_key
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.records import AnyOf, Between, Condition, Differs, Equals
from apps.catalog.engine.understanding.vocabulary import CategoryName


def conditions_of(query: SearchQuery, category: CategoryName | None) -> Iterator[Condition]:
    """`category`: the store's own, that `query.category` names."""
    if query.price_min is not None or query.price_max is not None:
        if query.price_exclusive:
            yield Between("price", gt=query.price_min, lt=query.price_max)
        else:
            yield Between("price", gte=query.price_min, lte=query.price_max)
    if query.in_stock is not None:
        yield Equals("in_stock", int(query.in_stock))
    if category is not None:
        yield Equals("category_keys", category.key)
    if query.brands:
        yield AnyOf("brand_key", tuple(brand_key(brand) for brand in query.brands))
    for brand in query.not_brands:
        yield Differs("brand_key", brand_key(brand))
    if query.rating_min is not None:
        yield Between("rating", gte=query.rating_min)

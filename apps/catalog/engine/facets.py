"""How the products of a search spread over brands, categories, colours, sizes, prices, ratings and stock."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Protocol

from pydantic import BaseModel

from apps.catalog.engine.payload import point_id
from apps.catalog.engine.queries import SearchQuery, SearchResult
from apps.catalog.engine.records import Between, Equals, Ids, Where
from apps.catalog.engine.understanding.categories import is_audience
from apps.catalog.engine.understanding.limits.registry import conditions_of
from apps.catalog.engine.understanding.vocabulary import Vocabularies
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.lexical import terms, words_of

# With words in it a search has no sharp end: its best hits are what is counted.
MOST_RANKED = 100
_MOST_VALUES = 50
_FIELDS = {"brand": "brand", "category": "category", "color": "color_keys", "size": "size_keys"}
_STARS = (4, 3, 2, 1)
_MOST_BOUNDS = 6


class Search(Protocol):
    def __call__(self, *, store_id: str, query: SearchQuery) -> SearchResult: ...


class ValueCount(BaseModel):
    value: str
    count: int


class RangeCount(BaseModel):
    """`count` products lie from `minimum` to `maximum`, both counted in; null is no limit."""

    minimum: float | None
    maximum: float | None
    count: int


class Facets(BaseModel):
    """Each is counted as if its own limit were not set, so that the other choices can be seen.

    `ratings`: so many stars or more. `in_stock` and `out_of_stock` are numbers of products.
    """

    brands: list[ValueCount] = []
    categories: list[ValueCount] = []
    colors: list[ValueCount] = []
    sizes: list[ValueCount] = []
    prices: list[RangeCount] = []
    ratings: list[RangeCount] = []
    in_stock: int = 0
    out_of_stock: int = 0


class FacetCounter:
    """`search` finds the hits of a query whose words rank."""

    def __init__(self, *, vectors: VectorService, vocabularies: Vocabularies, search: Search) -> None:
        self._vectors = vectors
        self._vocabularies = vocabularies
        self._search = search

    def count(self, *, store_id: str, query: SearchQuery) -> Facets:
        known: dict[str, Where] = {}

        def within(limit: str) -> Where:
            others = query.without(limit)
            key = others.model_dump_json()
            if key not in known:
                known[key] = self._within(store_id, others)
            return known[key]

        def values(limit: str) -> list[ValueCount]:
            found = self._vectors.facet(
                store_id=store_id, field=_FIELDS[limit], where=within(limit), limit=_MOST_VALUES
            )
            return [ValueCount(value=value, count=count) for value, count in found if value.strip()]

        rated, stocked = within("rating"), within("in_stock")
        return Facets(
            brands=values("brand"),
            categories=values("category"),
            colors=values("color"),
            sizes=values("size"),
            prices=self._prices(store_id, within("price")),
            ratings=[
                RangeCount(minimum=stars, maximum=None, count=count)
                for stars in _STARS
                if (count := self._number(store_id, (*rated, Between("rating", gte=stars))))
            ],
            in_stock=self._number(store_id, (*stocked, Equals("in_stock", 1))),
            out_of_stock=self._number(store_id, (*stocked, Equals("in_stock", 0))),
        )

    def total(self, *, store_id: str, query: SearchQuery) -> int | None:
        """How many products fit. None where words rank: then hits fade away, and have no number."""
        where, ranks = self._limits(store_id, query)
        return None if ranks else self._number(store_id, where)

    def _limits(self, store_id: str, query: SearchQuery) -> tuple[Where, bool]:
        """The limits, and whether words rank: else all that keeps the limits is an answer."""
        vocabulary = self._vocabularies.of(store_id)
        category = vocabulary.category(query.category) if query.category else None
        where = tuple(conditions_of(query if category else query.without("category")))
        if query.text.strip() and not any(words_of(query.text)):
            return (*where, Ids(())), False  # signs without a word: nothing could fit them
        return where, bool(terms(query.text)) and (category is None or is_audience(category))

    def _within(self, store_id: str, query: SearchQuery) -> Where:
        """The limits; and where words rank, the best hits alone."""
        where, ranks = self._limits(store_id, query)
        if not ranks:
            return where
        best = query.model_copy(update={"limit": MOST_RANKED, "offset": 0, "sort": "relevance"})
        hits = self._search(store_id=store_id, query=best).hits
        return (*where, Ids(tuple(point_id(store_id, hit.product.product_id) for hit in hits)))

    def _price_bounds(self, store_id: str, where: Where) -> list[float]:
        ends = [
            self._vectors.ordered(store_id=store_id, where=where, field="price", descending=descending, limit=1)
            for descending in (False, True)
        ]
        prices = [float(found[0][1]["price"]) for found in ends if found]
        return _round_bounds(*prices) if prices else []

    def _prices(self, store_id: str, where: Where) -> list[RangeCount]:
        bounds = self._price_bounds(store_id, where)
        if not bounds:
            return []
        ranges = [
            RangeCount(
                minimum=low,
                maximum=high,
                count=self._number(store_id, (*where, Between("price", gte=low or 0, lte=high))),
            )
            for low, high in pairwise([None, *bounds, None])
        ]
        return [one for one in ranges if one.count]

    def _number(self, store_id: str, where: Where) -> int:
        return self._vectors.count(store_id=store_id, where=where)


def _round_bounds(lowest: float, highest: float) -> list[float]:
    """Round numbers between the two, at most six: 1, 2, 5, 10, 20 and so on."""
    bounds = [bound for bound in _ladder(highest) if bound > lowest]
    step = -(-len(bounds) // _MOST_BOUNDS) or 1
    return bounds[::step]


def _ladder(highest: float) -> Iterator[float]:
    ten = 1.0
    while True:
        for bound in (ten, 2 * ten, 5 * ten):
            if bound >= highest:
                return
            yield bound
        ten *= 10

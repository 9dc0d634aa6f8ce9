"""Every kind of limit, in the order in which they are read; each takes its words away from the later ones."""

from __future__ import annotations

from collections.abc import Iterator

from apps.catalog.engine.queries import Chip, SearchQuery
from apps.catalog.engine.records import Condition
from apps.catalog.engine.understanding.limits.among import AmongLimit
from apps.catalog.engine.understanding.limits.brand import BrandLimit
from apps.catalog.engine.understanding.limits.category import CategoryLimit
from apps.catalog.engine.understanding.limits.color import ColorLimit
from apps.catalog.engine.understanding.limits.exclusion import ExclusionLimit
from apps.catalog.engine.understanding.limits.measure import MeasuresLimit
from apps.catalog.engine.understanding.limits.price import PriceLimit
from apps.catalog.engine.understanding.limits.rating import RatingLimit
from apps.catalog.engine.understanding.limits.reading import Limit
from apps.catalog.engine.understanding.limits.size import SizeLimit
from apps.catalog.engine.understanding.limits.sort import SortLimit
from apps.catalog.engine.understanding.limits.stock import StockLimit

LIMITS: tuple[Limit, ...] = (
    SortLimit(),
    StockLimit(),
    RatingLimit(),
    PriceLimit(),
    ExclusionLimit(),
    BrandLimit(),
    MeasuresLimit(),
    SizeLimit(),
    ColorLimit(),
    CategoryLimit(),
    AmongLimit(),
)


def chips_of(query: SearchQuery, currency: str) -> list[Chip]:
    """What is asked for comes first, how it is sorted and rated last: "Men > Jackets", "blue", "under $60"."""
    return [
        Chip(key=key, label=label) for limit in reversed(LIMITS) for key, label in limit.chips(query, currency)
    ]


def conditions_of(query: SearchQuery) -> Iterator[Condition]:
    """Each of them is hard: a hit keeps them all."""
    for limit in LIMITS:
        yield from limit.conditions(query)

"""What the description of the API shows as answers."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

from apps.catalog.api.answers import (
    FacetsAnswer,
    HitAnswer,
    ProductAnswer,
    SearchAnswer,
    SuggestAnswer,
    SuggestionAnswer,
)
from apps.catalog.engine.facets import Facets, RangeCount, ValueCount
from apps.catalog.engine.queries import Chip

_JACKET = ProductAnswer(
    product_id="m-down",
    title="Polar Down Jacket",
    description="Warm winter jacket, filled with down, for freezing days.",
    price=59.5,
    currency="USD",
    category="Men > Jackets",
    brand="Fjell",
    sku="FJ-1042",
    gtins=["4006381333931"],
    image_url="https://shop.example/img/m-down.jpg",
    url="https://shop.example/m-down",
    rating=4.8,
    rating_count=112,
    in_stock=True,
    attributes={"colour": "black"},
    variants=[],
    updated_at=None,
)
_FILTERS = [Chip(key="category", label="Men > Jackets"), Chip(key="price", label="under $60")]
_SEARCH = SearchAnswer(
    q="a warm jacket for men under 60 dollars",
    text="warm jacket for men",
    corrected={},
    filters=_FILTERS,
    removed=[],
    hits=[HitAnswer(product=_JACKET, score=0.83)],
    total=1,
    next_offset=None,
)
_FACETS = FacetsAnswer(
    filters=_FILTERS,
    removed=[],
    facets=Facets(
        brands=[ValueCount(value="Fjell", count=2), ValueCount(value="Urbano", count=1)],
        categories=[ValueCount(value="Men > Jackets", count=3)],
        prices=[RangeCount(minimum=None, maximum=50, count=2), RangeCount(minimum=50, maximum=100, count=4)],
        ratings=[RangeCount(minimum=4, maximum=None, count=3)],
        in_stock=2,
        out_of_stock=1,
    ),
)
_SUGGEST = SuggestAnswer(
    q="down ja",
    suggestions=[
        SuggestionAnswer(kind="words", text="down jacket", product=None),
        SuggestionAnswer(kind="category", text="Men > Jackets", product=None),
        SuggestionAnswer(kind="product", text="Polar Down Jacket", product=_JACKET),
    ],
)


def _example(name: str, answer: SearchAnswer | SuggestAnswer | FacetsAnswer | ProductAnswer) -> OpenApiExample:
    return OpenApiExample(name, answer.model_dump(mode="json"), response_only=True, status_codes=["200"])


SEARCH = _example("A sentence", _SEARCH)
SUGGEST = _example("While somebody types", _SUGGEST)
FACETS = _example("Beside a sentence", _FACETS)
PRODUCT = _example("A product", _JACKET)

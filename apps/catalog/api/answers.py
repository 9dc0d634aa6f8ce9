"""What the products' API answers. Only what stands here leaves the house: the index record holds more."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from apps.catalog.engine.facets import Facets
from apps.catalog.engine.queries import Chip
from apps.catalog.product import Product


class _FromRecord(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class VariantAnswer(_FromRecord):
    sku: str
    title: str
    price: float | None
    in_stock: bool
    attributes: dict[str, str]


class ProductAnswer(_FromRecord):
    """A product as shoppers may see it; every field is the index record's. Prices are in `currency`."""

    product_id: str
    title: str
    description: str
    price: float | None
    currency: str
    category: str
    brand: str
    sku: str
    gtins: list[str]
    image_url: str
    url: str
    rating: float | None
    rating_count: int | None
    in_stock: bool
    attributes: dict[str, str]
    variants: list[VariantAnswer]
    updated_at: datetime | None


def shown(product: Product) -> ProductAnswer:
    return ProductAnswer.model_validate(product)


class HitAnswer(BaseModel):
    """A product and how well it fits, 0 to 1 (0 where nothing was asked but limits)."""

    product: ProductAnswer
    score: float


class SearchAnswer(BaseModel):
    """`filters`: every limit that holds; `removed`: those that `without` took away.

    `text` is what ranked the hits, `corrected` what was typed and what was searched instead. `next_offset` is null
    on the last page.
    """

    q: str
    text: str
    corrected: dict[str, str]
    filters: list[Chip]
    removed: list[str]
    hits: list[HitAnswer]
    next_offset: int | None


class FacetsAnswer(BaseModel):
    """`facets` count the products within `filters`; where words of `q` rank, its best hundred hits."""

    filters: list[Chip]
    removed: list[str]
    facets: Facets

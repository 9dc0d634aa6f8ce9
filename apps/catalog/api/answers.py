"""What the products' API answers. Only what stands here leaves the house: the index record holds more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from apps.catalog.engine.facets import Facets
from apps.catalog.engine.queries import Chip, Reasons
from apps.catalog.engine.suggestions import Suggestion, SuggestionKind
from apps.catalog.product import Product

_Score = Annotated[float, AfterValidator(lambda score: round(score, 4))]


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


class ReasonsAnswer(_FromRecord):
    """Why a hit has its place. A channel is null where it was not asked or does not know the product.

    `text` and `image` are cosines, `lexical` is the BM25 score, `fused` (0 to 1) what the three make together; to
    it come the `boosts`. `place` tells what stands above all scores: "part_number", or "rule" of the merchant.
    `words`: which words of the question (as stems) stand in which field; `limits`: which filters it keeps.
    """

    text: _Score | None
    lexical: _Score | None
    image: _Score | None
    fused: _Score
    boosts: dict[str, float]
    place: Literal["", "part_number", "rule"]
    words: dict[str, list[str]]
    limits: list[str]


class HitAnswer(BaseModel):
    """A product and how well it fits, 0 to 1 (0 where nothing was asked but limits). `reasons`: with explain=1."""

    product: ProductAnswer
    score: _Score
    reasons: ReasonsAnswer | None = None


def reasoned(reasons: Reasons | None) -> ReasonsAnswer | None:
    """A merchant's rule is not named by its id, which is nobody else's."""
    if reasons is None:
        return None
    place = reasons.place if reasons.place in ("", "part_number") else "rule"
    return ReasonsAnswer.model_validate({**reasons.model_dump(), "place": place})


class SearchAnswer(BaseModel):
    """`filters`: every limit that holds; `removed`: those that `without` took away.

    `text` is what ranked the hits, `corrected` what was typed and what was searched instead. `next_offset` is null
    on the last page. `total` is null where words rank and there are more pages: such hits fade away, and have no
    number.
    """

    q: str
    text: str
    corrected: dict[str, str]
    filters: list[Chip]
    removed: list[str]
    hits: list[HitAnswer]
    total: int | None
    next_offset: int | None


class FacetsAnswer(BaseModel):
    """`facets` count the products within `filters`; where words of `q` rank, its best hundred hits."""

    filters: list[Chip]
    removed: list[str]
    facets: Facets


class PhotoAnswer(BaseModel):
    """What looks most like the photo first; `filters` and `removed` as in a search."""

    filters: list[Chip]
    removed: list[str]
    hits: list[HitAnswer]


class SimilarAnswer(BaseModel):
    """Most like it first."""

    hits: list[HitAnswer]


class SuggestionAnswer(BaseModel):
    """A text to search for ("words"), a category, a brand, or one product, which then comes along."""

    kind: SuggestionKind
    text: str
    product: ProductAnswer | None


class SuggestAnswer(BaseModel):
    q: str
    suggestions: list[SuggestionAnswer]


def suggested(one: Suggestion) -> SuggestionAnswer:
    product = None if one.product is None else shown(one.product)
    return SuggestionAnswer(kind=one.kind, text=one.text, product=product)

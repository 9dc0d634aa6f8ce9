"""What is asked of the catalogue, and what it answers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from apps.catalog.product import Product

Sort = Literal["relevance", "price_asc", "price_desc", "rating"]


class SearchQuery(BaseModel):
    """A search in one store. The limits are hard: no hit breaks one. `text` ranks, and must mean something."""

    model_config = ConfigDict(extra="forbid")

    text: str = ""
    price_min: float | None = None
    price_max: float | None = None
    # "under 60" and "over 60" do not count the 60 itself; "up to 60" and "from 60" do.
    price_exclusive: bool = False
    in_stock: bool | None = None
    category: str | None = None
    brand: str | None = None
    rating_min: float | None = None
    sort: Sort = "relevance"
    limit: int = Field(default=8, ge=1, le=100)
    offset: int = Field(default=0, ge=0, le=10_000)


class Hit(BaseModel):
    """A product, and how well it fits, 0..1 (0 where nothing was asked but limits)."""

    product: Product
    score: float


class SearchResult(BaseModel):
    """`hits` is empty when the store has nothing that fits. `query` is what was really asked, see `labels`."""

    hits: list[Hit]
    query: SearchQuery
    labels: list[str] = []


class IndexReport(BaseModel):
    """`seen` products came, `indexed` were written, `unchanged` were there already; `rejected` says why not."""

    seen: int = 0
    indexed: int = 0
    unchanged: int = 0
    rejected: list[str] = []


class IntentMatch(BaseModel):
    """An example that is near to what was said; `score` is their cosine."""

    intent: str
    example: str
    score: float


class CatalogHealth(BaseModel):
    """Whether the index answers (else `error` says why), and which model made it."""

    ok: bool
    error: str = ""
    backend: str = ""
    model: str = ""
    index_model: str = ""
    lexical_only: bool = False
    rebuilding: bool = False

"""Searching the store's catalogue."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apps.catalog.engine.errors import CatalogError
from apps.catalog.product import Product
from apps.catalog.runtime import catalog
from apps.chat.parts import FiltersPart, Part, ProductsPart
from apps.chat.tools.base import Tool, ToolContext, ToolError, ToolResult

MAX_DESCRIPTION = 300  # characters; eight products fit into a small model's context


class Search(BaseModel):
    model_config = ConfigDict(extra="forbid")

    query: str = Field(max_length=500, description="What the shopper looks for, in their own words")
    price_min: float | None = Field(default=None, ge=0)
    price_max: float | None = Field(default=None, ge=0)
    in_stock: bool | None = Field(default=None, description="true: only products that can be bought now")
    category: str | None = Field(default=None, max_length=200, description="A category path, Men > Jackets")
    limit: int | None = Field(default=None, ge=1, le=20)


class SearchProducts(Tool[Search]):
    name = "search_products"
    description = (
        "Search the store's catalogue. Returns products that fit, best first, each with id, price and stock. "
        "An empty list means that the store does not carry it."
    )
    Arguments = Search

    async def run(self, context: ToolContext, arguments: Search) -> ToolResult:
        return await asyncio.to_thread(_search, context.store_id, arguments)


def _search(store_id: str, arguments: Search) -> ToolResult:
    """Limits that the words themselves state are understood too; limits that were given win over them."""
    given = arguments.model_dump(exclude={"query"}, exclude_none=True)
    try:
        query = catalog().parse(store_id=store_id, text=arguments.query).model_copy(update=given)
        found = catalog().search(store_id=store_id, query=query)
    except CatalogError as error:
        raise ToolError("catalogue_unreachable", "The catalogue does not answer right now.") from error
    products = [hit.product for hit in found.hits]
    parts: list[Part] = []
    if found.labels:
        parts.append(FiltersPart(labels=found.labels))
    if products:
        parts.append(ProductsPart(product_ids=[product.product_id for product in products]))
    content = {"labels": found.labels, "products": [described(product) for product in products]}
    return ToolResult(content=content, parts=parts)


def described(product: Product) -> dict[str, Any]:
    """A brief with what tells one product from another: a model that must choose cannot see the picture."""
    description = product.description
    return {
        **brief(product),
        **product.model_dump(mode="json", include={"category", "brand", "attributes"}),
        "description": description if len(description) <= MAX_DESCRIPTION else f"{description[:MAX_DESCRIPTION]}…",
    }


def brief(product: Product) -> dict[str, Any]:
    """What a model reads of a product: enough to speak of it, nothing that the card does not show."""
    wanted = {"product_id", "title", "price", "currency", "in_stock", "rating"}
    return product.model_dump(mode="json", include=wanted)

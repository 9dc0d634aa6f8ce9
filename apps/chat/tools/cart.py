"""The shopper's cart, as an assistant may change it."""

from __future__ import annotations

import uuid
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.catalog.product import Product
from apps.chat import cart
from apps.chat.models import CartItem
from apps.chat.parts import CartPart
from apps.chat.tools.base import ActingTool, Tool, ToolContext, ToolError, ToolResult
from apps.chat.tools.search import brief


class Add(BaseModel):
    model_config = ConfigDict(extra="forbid")

    product_id: str = Field(min_length=1, max_length=200)
    quantity: int = Field(default=1, ge=1, le=cart.MAX_QUANTITY)


class Update(BaseModel):
    model_config = ConfigDict(extra="forbid")

    product_id: str = Field(min_length=1, max_length=200)
    quantity: int = Field(ge=0, le=cart.MAX_QUANTITY, description="How many there shall be; 0 removes the product")


class View(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AddToCart(ActingTool[Add]):
    name = "add_to_cart"
    description = "Put a product into the shopper's cart, on top of what is there. Use the id from a search."
    Arguments = Add

    def prepare(self, context: ToolContext, arguments: Add) -> Product:
        return _available(context, arguments.product_id)

    def act(self, context: ToolContext, arguments: Add, prepared: Product) -> ToolResult:
        return _put(context, arguments.product_id, arguments.quantity, prepared, add=True)


class UpdateCart(ActingTool[Update]):
    name = "update_cart"
    description = "Set how many of a product the cart holds; 0 removes it."
    Arguments = Update

    def prepare(self, context: ToolContext, arguments: Update) -> Product | None:
        return _available(context, arguments.product_id) if arguments.quantity > 0 else None

    def act(self, context: ToolContext, arguments: Update, prepared: Product | None) -> ToolResult:
        return _put(context, arguments.product_id, arguments.quantity, prepared, add=False)


class ViewCart(Tool[View]):
    name = "view_cart"
    description = "What is in the shopper's cart, with prices and the total."
    Arguments = View

    async def run(self, context: ToolContext, arguments: View) -> ToolResult:
        return await in_database(_view)(context)


def _available(context: ToolContext, product_id: str) -> Product:
    try:
        return cart.available(store=_store(context), product_id=product_id)
    except cart.CartError as error:
        raise ToolError(error.code, error.text) from error


def _put(
    context: ToolContext, product_id: str, quantity: int, product: Product | None, *, add: bool
) -> ToolResult:
    store, visitor = _store(context), uuid.UUID(context.visitor)
    lines = CartItem.objects.filter(store=store, visitor=visitor)
    if product is None and not lines.filter(product_id=product_id).exists():
        raise ToolError("not_in_cart", "This product is not in the cart.")
    try:
        held = cart.put(store=store, visitor=visitor, product_id=product_id, quantity=quantity, add=add)
    except cart.CartError as error:
        raise ToolError(error.code, error.text) from error
    content: dict[str, Any] = {
        "product": brief(product) if product is not None else {"product_id": product_id},
        "quantity": held,
        "cart_count": sum(lines.values_list("quantity", flat=True)),
    }
    return ToolResult(content=content, parts=[CartPart()])


def _view(context: ToolContext) -> ToolResult:
    try:
        held = cart.read(store=_store(context), visitor=uuid.UUID(context.visitor))
    except cart.CartError as error:
        raise ToolError(error.code, error.text) from error
    lines = [
        {
            "product_id": line.product.product_id,
            "title": line.product.title,
            "price": line.product.price,
            "quantity": line.quantity,
            "total": line.total,
        }
        for line in held.lines
    ]
    content = {"lines": lines, "count": held.count, "total": held.total, "currency": held.currency}
    return ToolResult(content=content, parts=[CartPart()])


def _store(context: ToolContext) -> Store:
    return Store.objects.get(pk=context.store_id)

"""Following an order, on the store's own platform."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from pydantic import BaseModel, ConfigDict, Field

from apps.chat.parts import OrderLine, OrderPart
from apps.chat.tools.base import Tool, ToolContext, ToolError, ToolResult
from apps.connectors.platforms.base import Order
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.services import find_order

# A platform may take seconds to answer: it must not hold one of the database pool's few threads meanwhile.
POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="orders")


class Lookup(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: str = Field(min_length=1, max_length=40, pattern=r"^#?[\w./-]+$", description="The order number")
    email: str = Field(
        min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$", description="The email address of the order"
    )


class GetOrderStatus(Tool[Lookup]):
    name = "get_order_status"
    description = (
        "Find an order by its number and the email address it was placed with; both must belong together. "
        "Ask the shopper for whichever is missing, never guess one."
    )
    seconds = 12.0
    Arguments = Lookup

    async def run(self, context: ToolContext, arguments: Lookup) -> ToolResult:
        number = arguments.number.lstrip("#")
        try:
            order = await _look_up(context.store_id, number, arguments.email)
        except ConnectorError as error:
            raise ToolError("orders_unreachable", "The store's orders cannot be reached right now.") from error
        if order is None:
            # One answer for a wrong number and a wrong address: nobody learns which orders exist.
            raise ToolError("not_found", "No order has this number and email address.")
        return ToolResult(content=_content(order), parts=[_part(order)])


def _find(store_id: str, number: str, email: str) -> Order | None:
    close_old_connections()
    return find_order(store_id=store_id, number=number, email=email)


_look_up = sync_to_async(_find, thread_sensitive=False, executor=POOL)


def _part(order: Order) -> OrderPart:
    return OrderPart(
        number=order.number,
        status=order.status,
        placed_at=order.placed_at.isoformat() if order.placed_at else "",
        tracking=order.tracking,
        total=order.total,
        currency=order.currency,
        lines=[OrderLine(title=line.title, quantity=line.quantity) for line in order.lines],
    )


def _content(order: Order) -> dict[str, Any]:
    return _part(order).model_dump(mode="json", exclude={"type"})

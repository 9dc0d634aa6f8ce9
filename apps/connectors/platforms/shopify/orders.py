"""Where a shopper's order is."""

from __future__ import annotations

import re

from apps.connectors.platforms.base import Order, OrderLine
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import read
from apps.connectors.platforms.shopify.access import Admin
from apps.connectors.platforms.shopify.queries import ORDERS
from apps.connectors.platforms.shopify.records import ShopifyOrder

_NUMBER = re.compile(r"#?\s*([\w.-]{1,40})")  # a shop may have a prefix and a suffix of its own


def find_order(admin: Admin, number: str, email: str, *, currency: str) -> Order | None:
    """Shopify finds orders by words, so what it finds is compared again."""
    typed = _NUMBER.fullmatch(number.strip())
    if typed is None or not email.strip():
        return None
    wanted = typed[1].casefold()
    found = admin.ask(ORDERS, {"query": f'name:"{typed[1]}"'}).get("orders")
    nodes = found.get("nodes") if isinstance(found, dict) else None
    if not isinstance(nodes, list):
        raise ConnectorError("bad_shape", "Shopify tells about orders in an unknown shape.")
    for order in (read(ShopifyOrder, node) for node in nodes):
        if order.name.lstrip("#").casefold() == wanted and _same(order.email, email):
            return _told(order, currency)
    return None


def _told(order: ShopifyOrder, currency: str) -> Order:
    total = order.total.shown if order.total else None
    numbers = [each.number for parcel in order.fulfillments for each in parcel.tracking if each.number]
    return Order(
        number=order.name.lstrip("#"),
        status=_status(order),
        placed_at=order.created_at,
        tracking=", ".join(dict.fromkeys(numbers)),
        total=total.amount if total else None,
        currency=(total.currency if total else "") or currency,
        lines=[
            OrderLine(title=line.name, quantity=line.quantity) for line in order.lines.nodes if line.quantity > 0
        ],
    )


def _status(order: ShopifyOrder) -> str:
    """Shopify's own words: PARTIALLY_FULFILLED is "partially fulfilled". Payment is told while it is open."""
    if order.cancelled_at is not None:
        return "cancelled"
    words = [order.fulfilled] if order.paid in ("PAID", "") else [order.fulfilled, order.paid]
    return ", ".join(word.replace("_", " ").lower() for word in words if word)


def _same(email: str, given: str) -> bool:
    return email.strip() != "" and email.strip().casefold() == given.strip().casefold()

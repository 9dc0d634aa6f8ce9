"""Finding one order of a WooCommerce shop."""

from __future__ import annotations

from pydantic import JsonValue, ValidationError

from apps.connectors.platforms.base import Order, OrderLine
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.markup import plain_text
from apps.connectors.platforms.woocommerce.access import LARGEST_PAGE, Access
from apps.connectors.platforms.woocommerce.records import OrderRecord

MAX_ORDER_LINES = 50


def find_order(access: Access, number: str, email: str) -> Order | None:
    """The order with this number, when it was placed with this email address.

    An order's number is its id, unless a plugin numbers them otherwise; then it is looked for among the person's.
    """
    wanted, person = _folded(number), email.strip()
    if not wanted or not person:
        return None
    if wanted.isascii() and wanted.isdigit():
        answer = access.find(f"orders/{int(wanted)}")
        if answer is not None and _folded((order := _read(answer)).number) == _folded(str(int(wanted))):
            return _told(order) if _is_of(order, person) else None
    answers = access.page("orders", {"search": person}, 1, size=LARGEST_PAGE).items
    orders = (_read(answer) for answer in answers)
    found = (order for order in orders if _folded(order.number) == wanted and _is_of(order, person))
    return next((_told(order) for order in found), None)


def _folded(number: str) -> str:
    return number.strip().lstrip("#").strip().casefold()


def _is_of(order: OrderRecord, email: str) -> bool:
    return order.billing.email.casefold() == email.casefold()


def _read(answer: JsonValue) -> OrderRecord:
    try:
        return OrderRecord.model_validate(answer)
    except ValidationError as error:
        raise ConnectorError("bad_shape", "WooCommerce tells about orders in an unknown shape.") from error


def _told(order: OrderRecord) -> Order:
    return Order(
        number=order.number,
        status=order.status,
        placed_at=order.date_created_gmt,
        total=order.total,
        currency=order.currency,
        lines=[OrderLine(plain_text(line.name), line.quantity) for line in order.line_items[:MAX_ORDER_LINES]],
    )

"""Finding one order of a Magento store."""

from __future__ import annotations

from pydantic import ValidationError

from apps.connectors.platforms.base import Order, OrderLine
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import readable
from apps.connectors.platforms.magento.access import Access
from apps.connectors.platforms.magento.criteria import Filter, criteria
from apps.connectors.platforms.magento.records import OrderRecord, Shipment

MAX_ORDER_LINES = 50
_FEW = 10


def find_order(access: Access, number: str, email: str) -> Order | None:
    """The order with this increment id ("000000042"), when it was placed with this email address."""
    wanted, person = number.strip().lstrip("#").strip(), email.strip()
    if not wanted or not person:
        return None
    query = criteria(Filter("increment_id", wanted), Filter("customer_email", person), size=_FEW)
    for answer in access.page("orders", query, size=_FEW).items:
        try:
            order = OrderRecord.model_validate(answer)
        except ValidationError as error:
            raise ConnectorError("bad_shape", "Magento tells about orders in an unknown shape.") from error
        if order.increment_id == wanted and order.customer_email.casefold() == person.casefold():
            return _told(order, _tracking(access, order))
    return None


def _tracking(access: Access, order: OrderRecord) -> str:
    """The numbers of its parcels; nothing when the credentials may not read shipments."""
    answer = access.find("shipments", criteria(Filter("order_id", order.entity_id), size=_FEW))
    items = answer.get("items") if isinstance(answer, dict) else None
    shipments = readable(Shipment, items if isinstance(items, list) else [], [])
    numbers = (track.track_number for shipment in shipments for track in shipment.tracks)
    return ", ".join(dict.fromkeys(filter(None, numbers)))


def _told(order: OrderRecord, tracking: str) -> Order:
    # What was chosen of a configurable product or a bundle is a line of its own below it.
    lines = [line for line in order.items if not line.parent_item_id]
    return Order(
        number=order.increment_id,
        status=order.status,
        placed_at=order.created_at,
        tracking=tracking,
        total=order.grand_total,
        currency=order.order_currency_code,
        lines=[OrderLine(line.name, int(line.qty_ordered)) for line in lines[:MAX_ORDER_LINES]],
    )

"""Where a shopper's order is, from `sale.order` and, with the delivery apps, from its deliveries."""

from __future__ import annotations

import re

from pydantic import JsonValue

from apps.connectors.platforms.base import Order, OrderLine
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import RecordT, read
from apps.connectors.platforms.odoo.calls import Session
from apps.connectors.platforms.odoo.records import OrderedLine, Partner, Picking, SaleOrder

MAX_LINES = 50
_STATES = {
    "draft": "quotation",
    "sent": "quotation sent",
    "sale": "confirmed",
    "done": "confirmed",  # locked: until Odoo 16 a state of its own
    "cancel": "cancelled",
}
_DELIVERY = {
    "pending": "confirmed, not delivered yet",
    "started": "confirmed, delivery started",
    "partial": "partially delivered",
    "full": "delivered",
}
_CODE = re.compile(r"^\[[^\]]*\]\s*")  # Odoo writes the product's number in front of its name


def find_order(session: Session, number: str, email: str, *, currency: str) -> Order | None:
    names: list[JsonValue] = [*_spellings(number)]
    if not names or not email.strip():
        return None
    fields = _known(session, "sale.order", SaleOrder)
    found = session.search_read("sale.order", [["name", "in", names]], fields, limit=2)
    for record in (read(SaleOrder, item) for item in found):
        people = session.search_read("res.partner", [["id", "=", record.partner_id.id]], ["email"], limit=1)
        if any(_same(read(Partner, person).email, email) for person in people):
            return _told(session, record, currency)
    return None


def _told(session: Session, record: SaleOrder, currency: str) -> Order:
    status = _STATES.get(record.state, record.state)
    if record.state in ("sale", "done"):
        status = _DELIVERY.get(record.delivery_status, status)
    return Order(
        number=record.name,
        status=status,
        placed_at=record.date_order,
        tracking=_tracking(session, record),
        total=record.amount_total,
        currency=record.currency_id.name if record.currency_id else currency,
        lines=_lines(session, record),
    )


def _lines(session: Session, record: SaleOrder) -> list[OrderLine]:
    fields = ["name", "product_id", "product_uom_qty", "display_type"]
    ids: list[JsonValue] = [*record.order_line[:MAX_LINES]]
    found = session.search_read("sale.order.line", [["id", "in", ids]], fields) if ids else []
    lines = [read(OrderedLine, item) for item in found]
    return [
        OrderLine(title=_title(line), quantity=max(1, round(line.product_uom_qty)))
        for line in lines
        if not line.display_type and line.product_uom_qty > 0  # headings, notes and refunded lines are no goods
    ]


def _title(line: OrderedLine) -> str:
    first = line.name.strip().partition("\n")[0] or (line.product_id.name if line.product_id else "")
    return _CODE.sub("", first)


def _tracking(session: Session, record: SaleOrder) -> str:
    """The parcels' numbers, where a delivery app keeps them and the user may read deliveries."""
    if not record.picking_ids:
        return ""
    try:
        if "carrier_tracking_ref" not in session.fields("stock.picking"):
            return ""
        ids: JsonValue = [*record.picking_ids]
        domain: list[JsonValue] = [["id", "in", ids], ["state", "!=", "cancel"]]
        found = session.search_read("stock.picking", domain, ["state", "carrier_tracking_ref"])
    except ConnectorError as error:
        if error.code in ("unauthorized", "platform_error"):  # the order is known all the same
            return ""
        raise
    numbers = [read(Picking, item).carrier_tracking_ref for item in found]
    return ", ".join(dict.fromkeys(number for number in numbers if number))


def _spellings(number: str) -> tuple[str, ...]:
    """How Odoo may write the number: shoppers leave out the S, the zeros, or write a # in front."""
    typed = number.strip().lstrip("#").strip().upper()
    short = re.fullmatch(r"S?0*(\d{1,9})", typed)
    return tuple(dict.fromkeys(name for name in (typed, f"S{short[1]:>05}" if short else "") if name))


def _same(email: str, given: str) -> bool:
    return email.strip() != "" and email.strip().casefold() == given.strip().casefold()


def _known(session: Session, model: str, record: type[RecordT]) -> list[str]:
    here = session.fields(model)
    return [name for name in record.model_fields if name in here]

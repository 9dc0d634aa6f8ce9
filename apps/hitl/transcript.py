"""A conversation as the desk shows it: the lines as the shopper sees them, and the panel beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from apps.catalog.engine.errors import CatalogError
from apps.catalog.runtime import catalog
from apps.chat import messages, wire
from apps.chat.cards import card
from apps.chat.events import MessageFrame
from apps.chat.parts import Cart, OrderPart, Part, ProductCard
from apps.hitl.inbox import shopper_label
from apps.hitl.models import Escalation, EscalationEvent
from apps.hitl.summary import Summary

MAX_LINES = 500


@dataclass(frozen=True)
class Line:
    """One message. `kind` is its author's: shopper, assistant, agent or system."""

    seq: int
    kind: str
    name: str
    at: datetime
    texts: list[str]
    products: list[ProductCard] = field(default_factory=list)
    orders: list[OrderPart] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    cart_changed: bool = False
    complete: bool = True


@dataclass(frozen=True)
class Panel:
    """What helps to answer: why, what was asked and shown, the cart, what happened so far."""

    summary: Summary
    products: list[ProductCard]
    cart: Cart
    events: list[EscalationEvent]
    shopper: str
    store: str


def read_lines(*, escalation: Escalation, after: int = 0) -> list[Line]:
    """The conversation's lines after seq `after`, oldest first."""
    found = messages.after(session_id=escalation.session_id, seq=after, limit=MAX_LINES)
    frames = wire.message_frames(session=escalation.session, messages=found)
    shopper = shopper_label(escalation.session.visitor)
    return [_line(frame, shopper) for frame in frames]


def read_panel(*, escalation: Escalation) -> Panel:
    summary = Summary.model_validate(escalation.summary)
    replies = EscalationEvent.Kind.REPLIED
    return Panel(
        summary=summary,
        products=_cards(escalation, summary.product_ids),
        cart=wire.cart_now(store=escalation.store, visitor=escalation.session.visitor),
        events=list(escalation.events.select_related("actor").exclude(kind=replies)),
        shopper=shopper_label(escalation.session.visitor),
        store=escalation.store.name,
    )


def _cards(escalation: Escalation, product_ids: list[str]) -> list[ProductCard]:
    """Cards of what still exists; none while the index is away: the desk must open without it."""
    if not product_ids:
        return []
    try:
        found = catalog().get(store_id=str(escalation.store_id), product_ids=product_ids)
    except CatalogError:
        return []
    return [card(product) for product in found]


def _line(frame: MessageFrame, shopper: str) -> Line:
    names = {"shopper": shopper, "assistant": "Assistant", "agent": frame.author.name, "system": ""}
    return Line(
        seq=frame.seq,
        kind=frame.author.kind,
        name=names[frame.author.kind],
        at=datetime.fromisoformat(frame.at),
        texts=[text for part in frame.parts if (text := _text(part, shopper))],
        products=[item for part in frame.parts if part.type == "products" for item in part.items],
        orders=[part for part in frame.parts if part.type == "order"],
        labels=[label for part in frame.parts if part.type == "filters" for label in part.labels],
        cart_changed=any(part.type == "cart" for part in frame.parts),
        complete=frame.complete,
    )


def _text(part: Part, shopper: str) -> str:
    """Notices are written for the shopper; the one that begins the wait reads differently from this side."""
    if part.type == "notice":
        return f"{shopper} asked for a person." if part.code == "queued" else part.text
    if part.type == "photo":
        return "The shopper sent a photo (not kept)."
    return part.text if part.type == "text" else ""

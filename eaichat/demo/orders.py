"""The demo store's orders: the samples that every visitor may ask about, and those that the checkout makes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, TypedDict

from django.core import signing
from django.utils import timezone

from eaichat.demo import shop
from eaichat.demo.models import DemoOrder

FREE_FROM = 50  # US dollars of products from which delivery costs nothing
FEE = 4.9
_SALT = "eaichat.demo.order"


class Line(TypedDict):
    """`price` is one piece's, in US dollars, on the day of the order."""

    productId: str
    title: str
    quantity: int
    price: float


class Sample(NamedTuple):
    number: int
    name: str
    email: str
    status: str
    days_ago: int
    tracking: str
    lines: tuple[tuple[str, int], ...]  # title, quantity


SAMPLES = (
    Sample(
        1001,
        "Maya Lindqvist",
        "maya@example.com",
        "delivered",
        9,
        "HL-204-771-SE",
        (("Featherlight Puffer Jacket", 1), ("Merino Bobble Hat", 2)),
    ),
    Sample(
        1002,
        "Tom Okafor",
        "tom@example.com",
        "shipped",
        2,
        "HL-204-918-UK",
        (("Studio Wireless Headphones", 1), ("Dune Stoneware Mug", 2)),
    ),
    Sample(
        1003,
        "Ines Carvalho",
        "ines@example.com",
        "processing",
        0,
        "",
        (("Linen Midi Dress", 1), ("Market Tote Bag", 1)),
    ),
    Sample(
        1004, "Jun Park", "jun@example.com", "out for delivery", 3, "HL-205-006-KR", (("Ridge Hiking Boots", 1),)
    ),
    Sample(
        1005, "Ada Brandt", "ada@example.com", "cancelled", 14, "", (("Two-Person Tent", 1), ("Camp Lantern", 1))
    ),
)


def subtotal(lines: Sequence[Line]) -> float:
    return round(sum(line["price"] * line["quantity"] for line in lines), 2)


def delivery(lines: Sequence[Line]) -> float:
    return 0.0 if subtotal(lines) >= FREE_FROM else FEE


def total(lines: Sequence[Line]) -> float:
    return round(subtotal(lines) + delivery(lines), 2)


def plant_samples() -> int:
    """Write the sample orders that are missing; returns how many. Those that are there are left as they are."""
    now = timezone.now()
    planted = 0
    for sample in SAMPLES:
        lines = [
            Line(productId=str(entry.id), title=entry.title, quantity=quantity, price=entry.price)
            for title, quantity in sample.lines
            for entry in (shop.titled(title),)
        ]
        _, created = DemoOrder.objects.get_or_create(
            number=sample.number,
            defaults={
                "name": sample.name,
                "email": sample.email,
                "status": sample.status,
                "tracking": sample.tracking,
                "placed_at": now - timedelta(days=sample.days_ago, hours=3),
                "lines": lines,
            },
        )
        planted += created
    return planted


def receipt_key(order: DemoOrder) -> str:
    """What opens the order's confirmation page: numbers can be guessed, this cannot."""
    return signing.Signer(salt=_SALT).sign(str(order.number)).replace(":", "-", 1)


def by_receipt_key(key: str) -> DemoOrder | None:
    try:
        number = signing.Signer(salt=_SALT).unsign(key.replace("-", ":", 1))
    except signing.BadSignature:
        return None
    return DemoOrder.objects.filter(number=number).first()

"""The demo's checkout: a visitor's cart becomes an order."""

from __future__ import annotations

import uuid

from django.db import IntegrityError
from django.db.models import Max
from django.utils import timezone

from apps.accounts.database import one_transaction
from apps.accounts.models import Store
from apps.chat import cart
from apps.chat.models import CartItem
from eaichat.demo.models import DemoOrder
from eaichat.demo.orders import SAMPLES, Line


class CheckoutError(Exception):
    """Nothing was ordered and the cart is as it was; `text` tells the shopper why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def place_order(*, store: Store, visitor: uuid.UUID, name: str, email: str) -> DemoOrder:
    """Turn the visitor's cart into an order and empty it. Raises CheckoutError.

    The demo keeps no stock: an order does not change what the shop shows.
    """
    lines = _lines(store=store, visitor=visitor)
    for _ in range(3):
        try:
            return _write(store=store, visitor=visitor, name=name, email=email, lines=lines)
        except IntegrityError:  # on a server database another checkout may take the number at the same moment
            continue
    raise CheckoutError("Many people are ordering right now. Please try again.")


def _lines(*, store: Store, visitor: uuid.UUID) -> list[Line]:
    """What the cart holds now. Asks the index, so it comes before the transaction."""
    try:
        found = cart.read(store=store, visitor=visitor).lines
    except cart.CartError as error:
        raise CheckoutError(error.text) from error
    lines = []
    for line in found:
        product = line.product
        if not product.in_stock or product.price is None:
            raise CheckoutError(f"{product.title} is sold out. Take it out of the cart to go on.")
        lines.append(
            Line(productId=product.product_id, title=product.title, quantity=line.quantity, price=product.price)
        )
    if not lines:
        raise CheckoutError("Your cart is empty. Put something in it first.")
    return lines


@one_transaction
def _write(*, store: Store, visitor: uuid.UUID, name: str, email: str, lines: list[Line]) -> DemoOrder:
    if not CartItem.objects.select_for_update().filter(store=store, visitor=visitor).exists():
        raise CheckoutError("This cart has just been ordered.")
    last = DemoOrder.objects.aggregate(last=Max("number"))["last"] or SAMPLES[0].number - 1
    order = DemoOrder.objects.create(
        number=last + 1, email=email, name=name, lines=lines, placed_at=timezone.now()
    )
    cart.clear(store=store, visitor=visitor)
    return order

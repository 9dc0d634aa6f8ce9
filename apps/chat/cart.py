"""A visitor's cart in a store. Rows hold ids and quantities; titles, prices and stock are the index's."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction

from apps.accounts.models import Store
from apps.catalog.engine.errors import CatalogError
from apps.catalog.product import Product
from apps.catalog.runtime import catalog
from apps.chat import nudge
from apps.chat.cards import card
from apps.chat.models import CartItem
from apps.chat.parts import Cart, CartLine

MAX_QUANTITY = 999
MAX_LINES = 100


class CartError(Exception):
    """The cart stays as it was.

    Codes: `unknown_product`, `out_of_stock`, `not_in_cart`, `cart_full`, `catalogue_unreachable` (retryable).
    """

    def __init__(self, code: str, text: str, *, retryable: bool = False) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.retryable = retryable


def read(*, store: Store, visitor: uuid.UUID) -> Cart:
    """The cart with what the index says now; a product that is gone is left out. Raises CartError."""
    items = list(CartItem.objects.filter(store=store, visitor=visitor))
    products = _look_up(store, [item.product_id for item in items]) if items else {}
    return filled(store=store, items=items, products=products)


def set_quantity(*, store: Store, visitor: uuid.UUID, product_id: str, quantity: int) -> Cart:
    """Make the cart hold `quantity` (0 to 999) of a product; 0 removes it. Raises CartError."""
    if quantity > 0:
        available(store=store, product_id=product_id)
    with transaction.atomic():
        put(store=store, visitor=visitor, product_id=product_id, quantity=quantity)
    return read(store=store, visitor=visitor)


def clear(*, store: Store, visitor: uuid.UUID) -> None:
    """Empty the cart, e.g. after an order."""
    with transaction.atomic():
        CartItem.objects.filter(store=store, visitor=visitor).delete()
        nudge.cart_changed(visitor=visitor)


def available(*, store: Store, product_id: str) -> Product:
    """The product, if it may be put into a cart now. Asks the index: call it before a transaction."""
    product = _look_up(store, [product_id]).get(product_id)
    if product is None:
        raise CartError("unknown_product", "This product is not in the catalogue any more.")
    if not product.in_stock:
        raise CartError("out_of_stock", f"{product.title} is out of stock.")
    return product


def put(*, store: Store, visitor: uuid.UUID, product_id: str, quantity: int, add: bool = False) -> int:
    """Write a line inside the caller's transaction and return its quantity; `add` counts on top."""
    lines = CartItem.objects.filter(store=store, visitor=visitor)
    line = lines.filter(product_id=product_id)
    item = line.select_for_update().first()
    if item is None and quantity > 0:
        if lines.count() >= MAX_LINES:
            raise CartError("cart_full", f"A cart holds at most {MAX_LINES} different products.")
        # Another page of the visitor may add the same product at this moment: then this one finds its line.
        item, _ = line.select_for_update().get_or_create(
            store=store, visitor=visitor, product_id=product_id, defaults={"quantity": 0}
        )
    wanted = min(quantity + (item.quantity if item is not None and add else 0), MAX_QUANTITY)
    if wanted <= 0:
        line.delete()
    else:
        line.update(quantity=wanted)
    nudge.cart_changed(visitor=visitor)
    return max(wanted, 0)


def filled(*, store: Store, items: Sequence[CartItem], products: Mapping[str, Product]) -> Cart:
    """Rows and records make a cart. A line without a price has no total and does not count in the cart's."""
    lines = []
    for item in items:
        product = products.get(item.product_id)
        if product is not None:
            total = None if product.price is None else round(product.price * item.quantity, 2)
            lines.append(CartLine(product=card(product), quantity=item.quantity, total=total))
    return Cart(
        lines=lines,
        count=sum(line.quantity for line in lines),
        total=round(sum(line.total or 0.0 for line in lines), 2),
        currency=lines[0].product.currency if lines else store.currency,
        checkout_url="/demo/checkout/" if store.is_demo else "",
    )


def _look_up(store: Store, product_ids: Sequence[str]) -> dict[str, Product]:
    try:
        found = catalog().get(store_id=str(store.pk), product_ids=product_ids)
    except CatalogError as error:
        raise CartError(
            "catalogue_unreachable", "The catalogue does not answer right now. Try again.", retryable=True
        ) from error
    return {product.product_id: product for product in found}

"""What of a platform's products may enter the index, and in which size."""

from __future__ import annotations

import math
from collections.abc import Iterable

from apps.catalog.engine.queries import IndexReport
from apps.catalog.product import Product

# A model reads some 1,500 characters and a person hardly more; each search carries the products that it found.
MOST_DESCRIPTION = 20_000
_MOST_ATTRIBUTES = 200_000  # characters of all names and values


def accepted(products: Iterable[Product], report: IndexReport) -> dict[str, Product]:
    """The products that can be indexed, by their id; of an id that comes twice the later one.

    What is refused stands in `report.rejected` with its reason.
    """
    found: dict[str, Product] = {}
    for product in products:
        report.seen += 1
        reason = _refusal(product)
        if reason:
            report.rejected.append(f"{product.product_id}: {reason}")
        else:
            found[product.product_id] = _bounded(product)
    return found


def _refusal(product: Product) -> str:
    """Why a product cannot be indexed; empty when it can."""
    if not product.title.strip():
        return "it has no title"
    prices = (product.price, *(variant.price for variant in product.variants))
    if not all(price is None or math.isfinite(price) for price in prices):
        return "its price is not a number"
    if product.rating is not None and not math.isfinite(product.rating):
        return "its rating is not a number"
    if sum(len(name) + len(value) for name, value in product.attributes.items()) > _MOST_ATTRIBUTES:
        return "its attributes are longer than a book"
    return ""


def _bounded(product: Product) -> Product:
    if len(product.description) <= MOST_DESCRIPTION:
        return product
    return product.model_copy(update={"description": product.description[:MOST_DESCRIPTION]})

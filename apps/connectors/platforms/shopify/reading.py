"""Shopify's products as ours."""

from __future__ import annotations

import json
from collections.abc import Sequence

from apps.catalog.product import Product
from apps.catalog.product import Variant as ProductVariant
from apps.connectors.platforms.base import Link
from apps.connectors.platforms.foreign import web_address
from apps.connectors.platforms.markup import plain_text
from apps.connectors.platforms.shopify.records import Item, Metafield, ShopifyVariant

_CURRENCY_LETTERS = 3
_BEST_RATING = 5
_PUBLIC = "PUBLIC_READ"
_PLAIN_TYPES = frozenset({"single_line_text_field", "number_integer", "number_decimal", "boolean"})
_LIST_OF_TEXT = "list.single_line_text_field"


def product_from(
    item: Item, variants: Sequence[ShopifyVariant], *, platform: str, link: Link, currency: str
) -> Product:
    """`variants` are all of them, however many came with the item."""
    collections = [collection.title for collection in item.collections.nodes if collection.title]
    only = variants[0] if item.only_default and variants else None
    prices = [variant.price for variant in variants if variant.price is not None]
    image = item.media.preview.image if item.media and item.media.preview else None
    rating, rating_count = _rating(item)
    return Product(
        product_id=f"{link.product_prefix}{item.id}",
        title=item.title,
        description=plain_text(item.html),
        price=min(prices, default=None),
        currency=currency if len(currency) == _CURRENCY_LETTERS else link.currency,
        category=_category(item, collections),
        brand=item.vendor,
        image_url=web_address("", image.url) if image else "",
        url=web_address("", item.url),
        platform=platform,
        connector_id=link.connector_id,
        rating=rating,
        rating_count=rating_count,
        in_stock=any(variant.available for variant in variants),
        attributes=_attributes(item, variants, collections, only_default=item.only_default),
        variants=[] if item.only_default else [_variant(variant) for variant in variants],
        sku=only.sku if only else "",
        gtins=list(dict.fromkeys(variant.barcode for variant in variants if variant.barcode)),
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


def _category(item: Item, collections: list[str]) -> str:
    """Shopify's own category, a path already; else the merchant's kind of product; else its first collection."""
    if item.category and item.category.full_name:
        return item.category.full_name
    return item.kind or next(iter(collections), "")


def _variant(variant: ShopifyVariant) -> ProductVariant:
    return ProductVariant(
        sku=variant.sku,
        title=variant.title,
        price=variant.price,
        in_stock=variant.available,
        attributes={choice.name: choice.value for choice in variant.options if choice.name},
    )


def _attributes(
    item: Item, variants: Sequence[ShopifyVariant], collections: list[str], *, only_default: bool
) -> dict[str, str]:
    """Options with all their values, then collections, then what metafields tell visitors."""
    found: dict[str, list[str]] = {}
    for variant in () if only_default else variants:
        for choice in variant.options:
            if choice.name and choice.value:
                found.setdefault(choice.name, []).append(choice.value)
    if collections:
        found.setdefault("Collections", []).extend(collections)
    told = {name: ", ".join(dict.fromkeys(values)) for name, values in found.items()}
    for metafield in item.metafields.nodes:
        name, value = _told(metafield)
        if name and value:
            told.setdefault(name, value)
    return told


def _told(metafield: Metafield) -> tuple[str, str]:
    """Name and value, if the merchant lets the storefront read it: the others may be nobody's business."""
    definition = metafield.definition
    if definition is None or definition.access is None or definition.access.storefront != _PUBLIC:
        return "", ""
    name = definition.name or metafield.key.replace("_", " ").capitalize()
    if metafield.type == "boolean":
        return name, {"true": "yes", "false": "no"}.get(metafield.value, "")
    if metafield.type in _PLAIN_TYPES:
        return name, metafield.value
    return (name, ", ".join(_texts(metafield.value))) if metafield.type == _LIST_OF_TEXT else ("", "")


def _texts(value: str) -> list[str]:
    try:
        found = json.loads(value)
    except ValueError:
        return []
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _rating(item: Item) -> tuple[float | None, int | None]:
    """The standard metafields that review apps write; a scale other than up to 5 is left out."""
    try:
        told = json.loads(item.rating.value) if item.rating else {}
        value, best = float(told["value"]), float(told["scale_max"])
        count = int(item.rating_count.value) if item.rating_count else None
    except (ValueError, KeyError, TypeError):
        return None, None
    return (value, count) if best == _BEST_RATING and 0 <= value <= best else (None, None)

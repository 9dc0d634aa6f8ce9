"""WooCommerce's records as ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.catalog.product import Product, Variant
from apps.connectors.platforms.base import Link
from apps.connectors.platforms.foreign import web_address
from apps.connectors.platforms.markup import plain_text
from apps.connectors.platforms.woocommerce.records import Attribute, Category, Item, Named, Shown, Stock, Variation

_NO_CATEGORY = "uncategorized"  # the slug of the category that every product without one is given
_NOT_ON_SALE = "outofstock"  # as in WooCommerce itself, what can be ordered in advance counts as in stock


@dataclass(frozen=True)
class Shop:
    """What is the same for all products of a shop: `categories` are paths by id."""

    platform: str
    base_url: str
    link: Link
    currency: str
    categories: Mapping[str, str]


def is_listed(item: Item) -> bool:
    """Drafts, products with a password, and those that are hidden from shop and search are not for visitors."""
    return item.status == "publish" and item.catalog_visibility != "hidden" and not item.post_password


def why_unlisted(item: Item) -> str:
    if is_listed(item):
        return ""
    if item.status != "publish":
        return f"It is not published in WooCommerce: its status is “{item.status}”."
    return "It has a password." if item.post_password else "Its catalogue visibility in WooCommerce is “hidden”."


def product(item: Item, variations: Iterable[Variation], shop: Shop, shown: Mapping[str, float | None]) -> Product:
    """One product. `shown` holds prices by id that replace the kept ones: what visitors are shown, with taxes."""
    attributes = _attributes(item.attributes)
    return Product(
        product_id=f"{shop.link.product_prefix}{item.id}",
        title=plain_text(item.name),
        description=_description(item),
        price=shown.get(item.id, item.price),
        currency=shop.currency,
        category=_category(item.categories, shop.categories),
        brand=_brand(item, attributes),
        image_url=next((src for image in item.images if (src := web_address(shop.base_url, image.src))), ""),
        url=web_address(shop.base_url, item.permalink),
        platform=shop.platform,
        connector_id=shop.link.connector_id,
        rating=item.average_rating if item.rating_count else None,
        rating_count=item.rating_count,
        in_stock=item.stock_status != _NOT_ON_SALE,
        attributes=attributes,
        variants=[_variant(variation, shown) for variation in variations if variation.status == "publish"],
        sku=item.sku,
        gtins=[item.global_unique_id] if item.global_unique_id else [],
        created_at=item.date_created_gmt,
        updated_at=item.date_modified_gmt,
    )


def _description(item: Item) -> str:
    parts = (plain_text(item.short_description), plain_text(item.description))
    return "\n\n".join(dict.fromkeys(part for part in parts if part))


def _variant(variation: Variation, shown: Mapping[str, float | None]) -> Variant:
    choices = {plain_text(choice.name): plain_text(choice.option) for choice in variation.attributes}
    return Variant(
        sku=variation.sku,
        title=plain_text(variation.name) or ", ".join(filter(None, choices.values())),
        price=shown.get(variation.id, variation.price),
        in_stock=variation.stock_status != _NOT_ON_SALE,
        attributes={name: value for name, value in choices.items() if name and value},
    )


def _attributes(attributes: list[Attribute]) -> dict[str, str]:
    """Those that visitors see, as text or as a choice."""
    seen = ((each.name, each.options) for each in attributes if each.visible or each.variation)
    values = {plain_text(name): ", ".join(filter(None, map(plain_text, options))) for name, options in seen}
    return {name: value for name, value in values.items() if name and value}


def _brand(item: Item, attributes: Mapping[str, str]) -> str:
    """WooCommerce has brands of its own since 9.6; before, shops made an attribute of that name."""
    if item.brands:
        return plain_text(item.brands[0].name)
    return next((value for name, value in attributes.items() if name.casefold() == "brand"), "")


def _category(categories: Iterable[Named], paths: Mapping[str, str]) -> str:
    """The deepest of the product's categories, as a path."""
    found = [paths[each.id] for each in categories if paths.get(each.id)]
    return max(found, key=lambda path: path.count(" > "), default="")


def category_paths(categories: Iterable[Category]) -> dict[str, str]:
    """ "Men > Jackets" for each category's id; nothing for the one that means that there is none."""
    known = {each.id: each for each in categories}
    return {name: _path(each, known) for name, each in known.items() if each.slug != _NO_CATEGORY}


def _path(category: Category, known: Mapping[str, Category]) -> str:
    names: list[str] = []
    met: set[str] = set()  # a category that is its own ancestor ends the path
    step: Category | None = category
    while step is not None and step.id not in met:
        met.add(step.id)
        names.insert(0, plain_text(step.name))
        step = known.get(step.parent)
    return " > ".join(filter(None, names))


def shown_price(shown: Shown) -> float | None:
    prices = shown.prices
    return None if prices.price is None else prices.price / 10**prices.currency_minor_unit


def available(stock: Stock) -> int | None:
    """How many there are; None: they are not counted. Below zero are orders that wait for new stock."""
    if stock.manage_stock and stock.stock_quantity is not None:
        return max(0, int(stock.stock_quantity))
    return 0 if stock.stock_status == _NOT_ON_SALE else None

"""Magento's records as ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import JsonValue

from apps.catalog.product import Product, Variant
from apps.connectors.platforms.base import Link
from apps.connectors.platforms.foreign import text, web_address
from apps.connectors.platforms.magento.labels import Labels
from apps.connectors.platforms.magento.records import Category, Item, Rendered, StoreConfig
from apps.connectors.platforms.markup import plain_text

_ENABLED = 1
_NOT_BY_ITSELF = 1  # the visibility of parts
_FIRST_LEVEL = 2  # above lie the root of all and the store's own root
_PRICED_BY_PARTS = frozenset({"configurable", "bundle", "grouped"})  # their own price is 0 or missing


@dataclass(frozen=True)
class Storefront:
    """What is the same for all products of a store view: `categories` are paths by id."""

    platform: str
    link: Link
    view: StoreConfig
    currency: str
    labels: Labels
    categories: Mapping[str, str]
    now: datetime

    def link_url(self) -> str:
        return self.view.secure_base_link_url or self.view.base_link_url

    def media_url(self) -> str:
        return f"{self.view.secure_base_media_url or self.view.base_media_url}catalog/product"


def is_sold_here(item: Item, view: StoreConfig) -> bool:
    websites = item.extension_attributes.website_ids
    return item.status == _ENABLED and (not websites or view.website_id in websites)


def why_not_sold(item: Item, view: StoreConfig) -> str:
    if item.status != _ENABLED:
        return "It is disabled in Magento."
    if item.visibility == _NOT_BY_ITSELF:
        return "Its visibility in Magento is “Not Visible Individually”: it is shown as a part of another product."
    return "" if is_sold_here(item, view) else f"It is not of the website of the store view {view.code}."


def product(
    item: Item, children: list[Item], front: Storefront, rendered: Rendered | None, salable: Mapping[str, bool]
) -> Product:
    """One product; `salable` is what is known about stock, by sku."""
    in_stock = salable.get(item.sku, rendered.is_salable if rendered else True)
    sold = [child for child in children if is_sold_here(child, front.view)]
    # A part that is sold out sets no price, unless all of them are.
    buyable = [child for child in sold if salable.get(child.sku, True)] or sold
    lowest = min((price for child in buyable if (price := paid(child, front)) is not None), default=None)
    price = _shown_price(item, front, rendered) or (lowest if children else _own_price(item, front))
    # Where the storefront shows another price than the parts', with tax or by a rule, theirs would be wrong too.
    parts_tell = price == lowest
    return Product(
        product_id=f"{front.link.product_prefix}{item.id}",
        title=plain_text(item.name),
        description=_description(item),
        price=price,
        currency=front.currency,
        category=_category(item, front.categories),
        brand=front.labels.brand(item),
        image_url=_image(item, front),
        url=_url(item, front, rendered),
        platform=front.platform,
        connector_id=front.link.connector_id,
        in_stock=in_stock,
        attributes=front.labels.of(item),
        variants=[
            Variant(
                sku=child.sku,
                title=plain_text(child.name),
                price=paid(child, front) if parts_tell else None,
                in_stock=salable.get(child.sku, in_stock),
                attributes=front.labels.choices(child),
            )
            for child in sold
        ],
        sku=item.sku,
        gtins=front.labels.gtins(item),
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


def _shown_price(item: Item, front: Storefront, rendered: Rendered | None) -> float | None:
    """What visitors see, if the store tells: the lowest of a product that is made of parts."""
    if rendered is None or rendered.currency_code != front.currency:
        return None
    prices = rendered.price_info
    return prices.minimal_price if item.type_id in _PRICED_BY_PARTS else prices.final_price


def _own_price(item: Item, front: Storefront) -> float | None:
    """The kept price; none of a product that is made of parts, where it is 0 or missing."""
    return (item.price or None) if item.type_id in _PRICED_BY_PARTS else paid(item, front)


def paid(item: Item, front: Storefront) -> float | None:
    """The kept price, or the special one while it holds."""
    special = text(item.custom("special_price"))
    try:
        reduced = float(special) if special else None
    except ValueError:
        reduced = None
    if item.price is None or reduced is None or not 0 <= reduced < item.price or not _holds(item, front):
        return item.price
    return reduced


def _holds(item: Item, front: Storefront) -> bool:
    """The dates are days in the store's time zone; both of them are included, and either may be missing."""
    try:
        zone = ZoneInfo(front.view.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    today = front.now.astimezone(zone).date().isoformat()
    first, last = (text(item.custom(f"special_{end}_date"))[:10] for end in ("from", "to"))
    return first <= today and (not last or today <= last)


def _description(item: Item) -> str:
    parts = (plain_text(text(item.custom(f"{kind}description"))) for kind in ("short_", ""))
    return "\n\n".join(dict.fromkeys(part for part in parts if part))


def _image(item: Item, front: Storefront) -> str:
    shown = [each for each in item.media_gallery_entries if each.media_type == "image" and not each.disabled]
    shown.sort(key=lambda each: "image" not in each.types)  # the one that stands for the product
    file = shown[0].file if shown else text(item.custom("image"))
    if not file or file == "no_selection":
        return ""
    return web_address(front.media_url(), f"{front.media_url()}/{file.lstrip('/')}")


def _url(item: Item, front: Storefront, rendered: Rendered | None) -> str:
    """As the storefront writes it; else the address that every Magento understands."""
    if rendered and (url := web_address(front.link_url(), rendered.url)):
        return url
    return web_address(front.link_url(), f"{front.link_url()}catalog/product/view/id/{item.id}")


def _category(item: Item, paths: Mapping[str, str]) -> str:
    """The deepest of the product's categories, as a path."""
    listed: JsonValue = item.custom("category_ids")
    links = [link.category_id for link in item.extension_attributes.category_links]
    ids = [text(each) for each in listed] if isinstance(listed, list) else links
    found = [paths[each] for each in ids if paths.get(each)]
    return max(found, key=lambda path: path.count(" > "), default="")


def category_paths(categories: Iterable[Category]) -> dict[str, str]:
    """ "Men > Tops > Jackets" for each category's id; none for those that are off, or below such a one."""
    known = {each.id: each for each in categories if each.is_active}
    return {name: path for name, each in known.items() if (path := _path(each, known))}


def _path(category: Category, known: Mapping[str, Category]) -> str:
    names: list[str] = []
    step = category
    while step.level >= _FIRST_LEVEL and len(names) <= category.level:
        names.insert(0, plain_text(step.name))
        above = known.get(step.parent_id)
        if above is None:
            return ""
        step = above
    return " > ".join(filter(None, names))

"""The rows of a feed that belong together, as one product."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from apps.catalog.product import Product, Variant
from apps.connectors.platforms.base import Link
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.feed.offers import Offer
from apps.connectors.platforms.foreign import problem, web_address


def product_of(group: str, offers: Sequence[Offer], *, base: str, link: Link, platform: str) -> Product:
    """One product of a group's rows; its variants where there are several.

    What the product itself says comes from the row with the group's own id, if there is one, which is then no
    variant, else from the first. Its price is that of the cheapest, of those in stock if any is.
    Raises `ConnectorError("bad_shape")` that names the product and the field.
    """
    parent = next((offer for offer in offers if offer.id == group), None)
    lead = parent or offers[0]
    sold = [offer for offer in offers if offer is not parent] or [lead]
    common = _common(sold)
    try:
        return Product(
            product_id=f"{link.product_prefix}{group}",
            title=lead.title or next((offer.title for offer in sold if offer.title), ""),
            description=lead.description,
            price=_cheapest(sold, lead),
            currency=next((offer.currency for offer in (*sold, lead) if offer.currency), link.currency),
            category=lead.category,
            brand=lead.brand,
            image_url=next(filter(None, (web_address(base, offer.image) for offer in (lead, *sold))), ""),
            url=web_address(base, lead.url),
            platform=platform,
            connector_id=link.connector_id,
            rating=lead.rating,
            rating_count=lead.rating_count,
            in_stock=any(offer.in_stock for offer in sold),
            attributes={**lead.attributes, **common} if parent else common,
            variants=[_variant(offer, common) for offer in sold] if len(sold) > 1 else [],
            sku=(lead.sku or lead.id) if parent or len(sold) == 1 else "",
            gtins=list(dict.fromkeys(gtin for offer in offers for gtin in offer.gtins)),
        )
    except ValidationError as error:
        raise ConnectorError("bad_shape", problem({"id": group}, error)) from error


def _common(offers: Sequence[Offer]) -> dict[str, str]:
    """The attributes in which they do not differ."""
    first, *others = (offer.attributes for offer in offers)
    return {name: text for name, text in first.items() if all(other.get(name) == text for other in others)}


def _cheapest(sold: Sequence[Offer], lead: Offer) -> float | None:
    there = [offer.price for offer in sold if offer.in_stock and offer.price is not None]
    prices = there or [offer.price for offer in sold if offer.price is not None]
    return min(prices, default=lead.price)


def _variant(offer: Offer, common: dict[str, str]) -> Variant:
    return Variant(
        sku=offer.sku or offer.id,
        title=offer.title,
        price=offer.price,
        in_stock=offer.in_stock,
        attributes={name: text for name, text in offer.attributes.items() if name not in common},
    )

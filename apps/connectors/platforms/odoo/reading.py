"""Odoo's records as our product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.catalog.product import Product
from apps.catalog.product import Variant as ProductVariant
from apps.connectors.platforms.base import Link
from apps.connectors.platforms.foreign import web_address
from apps.connectors.platforms.markup import plain_text
from apps.connectors.platforms.odoo.categories import Categories
from apps.connectors.platforms.odoo.prices import Prices
from apps.connectors.platforms.odoo.records import ChosenValue, Template, Variant

_CURRENCY_LETTERS = 3


@dataclass(frozen=True)
class Shop:
    """What the products of one Odoo share."""

    base_url: str
    platform: str
    link: Link
    internal: Categories
    public: Categories
    prices: Prices

    def product(self, template: Template, variants: Sequence[Variant], values: Sequence[ChosenValue]) -> Product:
        """A template with its own variants and the values of its attribute lines."""
        listed_in = template.currency_id.name if template.currency_id else ""
        currency = self.prices.currency or listed_in
        chosen = {value.id: value for value in values}
        priced = [(variant, self._price(template, variant.lst_price, variant.id)) for variant in variants]
        only = variants[0] if len(variants) == 1 else None
        return Product(
            product_id=f"{self.link.product_prefix}{template.id}",
            title=template.name,
            description=_description(template),
            price=_lowest([price for _, price in priced])
            if priced
            else self._price(template, template.list_price, None),
            currency=currency if len(currency) == _CURRENCY_LETTERS else self.link.currency,
            category=self.public.path(template.public_categ_ids)
            or self.internal.path([template.categ_id.id] if template.categ_id else []),
            brand=next((value.name for value in values if value.attribute_id.name.casefold() == "brand"), ""),
            image_url=self._image(template),
            url=web_address(f"{self.base_url}/", template.website_url) if template.website_published else "",
            platform=self.platform,
            connector_id=self.link.connector_id,
            rating=template.rating_avg if template.rating_count else None,
            rating_count=template.rating_count,
            in_stock=not template.is_counted or (template.qty_available or 0) > 0,
            attributes=_joined(values),
            variants=[] if only and not only.product_template_attribute_value_ids else [
                _variant(template, variant, price, chosen) for variant, price in priced
            ],
            sku=template.default_code or (only.default_code if only else ""),
            gtins=list(dict.fromkeys(code for code in (template.barcode, *(v.barcode for v in variants)) if code)),
            created_at=template.create_date,
            updated_at=template.write_date,
        )  # fmt: skip

    def _price(self, template: Template, listed: float, variant_id: int | None) -> float | None:
        return self.prices.of(
            listed,
            currency=template.currency_id.name if template.currency_id else "",
            template_id=template.id,
            variant_id=variant_id,
            categories=self.internal.above(template.categ_id.id if template.categ_id else None),
        )

    def _image(self, template: Template) -> str:
        """Odoo shows pictures of published products to everybody, and a placeholder for all others."""
        if not (template.image_128 and template.website_published):
            return ""
        return f"{self.base_url}/web/image/product.template/{template.id}/image_1024"


def _description(template: Template) -> str:
    """What visitors read. `description` is left out: it has the merchant's internal notes."""
    texts = (plain_text(template.description_sale), plain_text(template.description_ecommerce))
    return "\n".join(dict.fromkeys(text for text in texts if text))


def _lowest(prices: Sequence[float | None]) -> float | None:
    """What the cheapest variant costs; None when one of them is unknown."""
    known = [price for price in prices if price is not None]
    return min(known) if len(known) == len(prices) else None


def _joined(values: Sequence[ChosenValue]) -> dict[str, str]:
    """Each attribute line with all its values: Legs is "Steel, Aluminium"."""
    lines: dict[str, list[str]] = {}
    for value in values:
        if value.name:
            lines.setdefault(value.attribute_id.name, []).append(value.name)
    return {name: ", ".join(dict.fromkeys(found)) for name, found in lines.items()}


def _variant(
    template: Template, variant: Variant, price: float | None, chosen: dict[int, ChosenValue]
) -> ProductVariant:
    mine = [chosen[each] for each in variant.product_template_attribute_value_ids if each in chosen]
    return ProductVariant(
        sku=variant.default_code,
        title=", ".join(value.name for value in mine),
        price=price,
        in_stock=not template.is_counted or (variant.qty_available or 0) > 0,
        attributes={value.attribute_id.name: value.name for value in mine},
    )

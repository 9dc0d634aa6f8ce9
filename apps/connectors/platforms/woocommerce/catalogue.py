"""Reading a WooCommerce shop's products, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from apps.catalog.product import Product
from apps.connectors.platforms.base import Link, Page
from apps.connectors.platforms.foreign import problem, read, readable
from apps.connectors.platforms.woocommerce import reading
from apps.connectors.platforms.woocommerce.access import LARGEST_PAGE, Access
from apps.connectors.platforms.woocommerce.reading import Shop
from apps.connectors.platforms.woocommerce.records import Category, Item, Shown, Stock, Variation

PUBLISHED = {"status": "publish"}
_FOR_LISTING = "id,name,status,catalog_visibility,post_password"
_FOR_STOCK = "id,manage_stock,stock_quantity,stock_status"

Prices = dict[str, float | None]


@dataclass(frozen=True)
class Catalogue:
    """`rejected` collects what cannot be read, with the reason."""

    access: Access
    platform: str
    base_url: str
    link: Link
    rejected: list[str]

    def pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        shop = self._shop()
        tax_differs = self._shows_other_prices()
        for step in self.access.steps("products", {**PUBLISHED, **_changed(since)}, after=after):
            listed = [item for item in readable(Item, step.items, self.rejected) if reading.is_listed(item)]
            variations = {item.id: self._variations(item) for item in listed if item.variations}
            shown = self._shown(listed, variations) if tax_differs else {}
            page = [self._product(item, variations.get(item.id, []), shop, shown) for item in listed]
            yield Page([product for product in page if product], step.after)

    def unlisted(self, since: datetime) -> Iterator[list[str]]:
        """Ids of what was saved after `since` in a state in which no visitor finds it."""
        for status in ("any", "trash"):
            wanted = {"status": status, "_fields": _FOR_LISTING, **_changed(since)}
            for answers in self.access.pages("products", wanted):
                gone = [item for item in readable(Item, answers, self.rejected) if not reading.is_listed(item)]
                yield [f"{self.link.product_prefix}{item.id}" for item in gone]

    def withheld(self, number: str) -> str:
        answer = self.access.find(f"products/{number}") if number.isdecimal() else None
        return "" if answer is None else reading.why_unlisted(read(Item, answer))

    def stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        ids = [each.removeprefix(self.link.product_prefix) for each in product_ids]
        found: dict[str, int | None] = {}
        for start in range(0, len(ids), LARGEST_PAGE):
            wanted = {"include": ",".join(ids[start : start + LARGEST_PAGE]), "_fields": _FOR_STOCK}
            answers = self.access.page("products", wanted, 1).items
            for stock in readable(Stock, answers, self.rejected):
                found[f"{self.link.product_prefix}{stock.id}"] = reading.available(stock)
        return found

    def _shop(self) -> Shop:
        categories = (
            category
            for answers in self.access.pages("products/categories", {"_fields": "id,name,slug,parent"})
            for category in readable(Category, answers, [])
        )
        return Shop(
            platform=self.platform,
            base_url=self.base_url,
            link=self.link,
            currency=self.access.setting("general/woocommerce_currency") or self.link.currency,
            categories=reading.category_paths(categories),
        )

    def _shows_other_prices(self) -> bool:
        """Whether visitors are shown prices with tax that are kept without, or the other way round."""
        if self.access.setting("general/woocommerce_calc_taxes") != "yes":
            return False
        kept_with_tax = self.access.setting("tax/woocommerce_prices_include_tax") == "yes"
        return kept_with_tax != (self.access.setting("tax/woocommerce_tax_display_shop") == "incl")

    def _variations(self, item: Item) -> list[Variation]:
        return [
            variation
            for answers in self.access.pages(f"products/{item.id}/variations", {})
            for variation in readable(Variation, answers, self.rejected)
        ]

    def _shown(self, items: list[Item], variations: Mapping[str, list[Variation]]) -> Prices:
        """Prices as visitors see them, of products and variations; None for those that are not shown to them."""
        return {
            **self._shown_to_visitors([item.id for item in items], {}),
            **self._shown_to_visitors(
                [each.id for some in variations.values() for each in some], {"type": "variation"}
            ),
        }

    def _shown_to_visitors(self, ids: list[str], kind: Mapping[str, str]) -> Prices:
        prices: Prices = dict.fromkeys(ids)
        for start in range(0, len(ids), LARGEST_PAGE):
            answers = self.access.shown({"include": ",".join(ids[start : start + LARGEST_PAGE]), **kind})
            prices |= {shown.id: reading.shown_price(shown) for shown in readable(Shown, answers, self.rejected)}
        return prices

    def _product(
        self, item: Item, variations: list[Variation], shop: Shop, shown: Mapping[str, float | None]
    ) -> Product | None:
        try:
            return reading.product(item, variations, shop, shown)
        except ValidationError as error:
            self.rejected.append(problem({"id": item.id}, error))
            return None


def _changed(since: datetime | None) -> dict[str, str]:
    if since is None:
        return {}
    return {"modified_after": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "dates_are_gmt": "true"}

"""An Odoo's catalogue, read page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue, ValidationError

from apps.catalog.product import Product
from apps.connectors.platforms.base import Link, Page
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import RecordT, problem, read, readable
from apps.connectors.platforms.odoo.calls import Session
from apps.connectors.platforms.odoo.categories import Categories
from apps.connectors.platforms.odoo.prices import Prices
from apps.connectors.platforms.odoo.reading import Shop
from apps.connectors.platforms.odoo.records import (
    Category,
    ChosenValue,
    Pricelist,
    PriceRule,
    Template,
    Variant,
    odoo_time,
)

_FOR_SALE: list[JsonValue] = [["sale_ok", "=", True], ["active", "=", True]]
_NOT_FOR_SALE: list[JsonValue] = ["|", ["sale_ok", "=", False], ["active", "=", False]]


@dataclass(frozen=True)
class Catalogue:
    session: Session
    published_only: bool
    pricelist: str
    page_size: int
    rejected: list[str]

    def count(self) -> int:
        return self.session.count("product.template", self._for_sale())

    def example(self) -> str:
        """One title; whoever may not read products is told here."""
        for item in self.session.search_read("product.template", self._for_sale(), ["id", "name"], limit=1):
            if isinstance(item, dict):
                return str(item.get("name") or "")
        return ""

    def products(
        self, base_url: str, platform: str, link: Link, since: datetime | None, after: str
    ) -> Iterator[Page]:
        shop = Shop(
            base_url=base_url,
            platform=platform,
            link=link,
            internal=self._categories("product.category"),
            public=self._categories("product.public.category", needs="public_categ_ids"),
            prices=self.prices(),
        )
        changed: list[JsonValue] = []
        if since is not None:
            then = odoo_time(since)
            changed = ["|", ["write_date", ">=", then], ["product_variant_ids.write_date", ">=", then]]
        fields = self._fields("product.template", Template)
        last = int(after or 0)
        for page in self._pages([*self._for_sale(), *changed], fields, last=last, bin_size=True):
            yield Page(self._products(shop, page), after=str(_id(page[-1])))

    def deleted(self, since: datetime) -> Iterator[list[int]]:
        """Ids of products that still exist but are for sale no more, and were changed after `since`."""
        left: list[JsonValue] = list(_NOT_FOR_SALE)
        if self._hides_unpublished():
            left = ["|", ["website_published", "=", False], *left]
        domain: list[JsonValue] = [["write_date", ">=", odoo_time(since)], *left]
        for page in self._pages(domain, ["id"], active_test=False):
            yield [_id(item) for item in page]

    def withheld(self, template_id: int) -> str:
        reasons = {
            "active": "It is archived in Odoo.",
            "sale_ok": "It cannot be sold: “Can be Sold” is off in Odoo.",
        }
        if self._hides_unpublished():
            reasons["website_published"] = "It is not published on Odoo's website."
        domain: list[JsonValue] = [["id", "=", template_id]]
        context: dict[str, JsonValue] = {"active_test": False}
        found = self.session.search_read("product.template", domain, ["id", *reasons], context=context)
        template = found[0] if found and isinstance(found[0], dict) else {}
        return next((words for name, words in reasons.items() if template.get(name) is False), "")

    def stock(self, template_ids: list[int]) -> dict[int, int | None]:
        fields = self._fields("product.template", Template)
        found = self.session.search_read("product.template", [["id", "in", list(template_ids)]], fields)
        counted = [read(Template, item) for item in found]
        return {each.id: int(each.qty_available or 0) if each.is_counted else None for each in counted}

    def prices(self) -> Prices:
        """The rules of the pricelist that the merchant chose; without one, the sales prices."""
        if not self.pricelist:
            return Prices()
        lists = self._records(Pricelist, "product.pricelist", [], ["id", "name", "currency_id"])
        chosen = next((each for each in lists if each.name == self.pricelist), None)
        if chosen is None:
            names = ", ".join(each.name for each in lists) or "none"
            raise ConnectorError(
                "bad_settings", f"Odoo has no pricelist named “{self.pricelist}”. Its pricelists: {names}."
            )
        now = odoo_time(datetime.now(UTC))
        begun: list[JsonValue] = ["|", ["date_start", "=", False], ["date_start", "<=", now]]
        lasting: list[JsonValue] = ["|", ["date_end", "=", False], ["date_end", ">=", now]]
        domain: list[JsonValue] = [["pricelist_id", "=", chosen.id], *begun, *lasting]
        fields = self._fields("product.pricelist.item", PriceRule)
        found = self.session.search_read("product.pricelist.item", domain, fields)
        rules = [_part(PriceRule, item, "Pricelist rule") for item in found]
        return Prices(currency=chosen.currency_id.name, rules=rules)

    def _products(self, shop: Shop, page: list[JsonValue]) -> list[Product]:
        templates = readable(Template, page, self.rejected)
        ids: list[JsonValue] = [template.id for template in templates]
        fields = self._fields("product.product", Variant)
        variants = self._by_template("product.product", [["product_tmpl_id", "in", ids]], fields)
        domain: list[JsonValue] = [["product_tmpl_id", "in", ids], ["ptav_active", "=", True]]
        values = self._by_template("product.template.attribute.value", domain, list(ChosenValue.model_fields))
        products: list[Product] = []
        for template in templates:
            try:
                own = [
                    _part(Variant, item, f"Product {template.id}: variant")
                    for item in variants.get(template.id, [])
                ]
                chosen = [
                    _part(ChosenValue, item, f"Product {template.id}: attribute value")
                    for item in values.get(template.id, [])
                ]
                products.append(shop.product(template, own, chosen))
            except ValidationError as error:
                self.rejected.append(problem({"id": template.id}, error))
            except ConnectorError as error:
                self.rejected.append(error.text)
        return products

    def _by_template(self, model: str, domain: list[JsonValue], fields: list[str]) -> dict[int, list[JsonValue]]:
        found: dict[int, list[JsonValue]] = {}
        for item in self.session.search_read(model, domain, fields):
            link = item.get("product_tmpl_id") if isinstance(item, dict) else None
            if isinstance(link, list) and link and isinstance(link[0], int):
                found.setdefault(link[0], []).append(item)
        return found

    def _pages(
        self, domain: list[JsonValue], fields: list[str], *, last: int = 0, **context: JsonValue
    ) -> Iterator[list[JsonValue]]:
        """Each page begins after the last id of the one before, so nothing moves when products come and go."""
        while True:
            page = self.session.search_read(
                "product.template", [["id", ">", last], *domain], fields, limit=self.page_size, context=context
            )
            if page:
                before, last = last, _id(page[-1])
                if last <= before:
                    raise ConnectorError("bad_shape", "Odoo answered with products that were read before.")
                yield page
            if len(page) < self.page_size:
                return

    def _records(
        self, model: type[RecordT], name: str, domain: list[JsonValue], fields: list[str]
    ) -> list[RecordT]:
        """What else is read; a broken record is told by its own kind."""
        broken: list[str] = []
        records = readable(model, self.session.search_read(name, domain, fields), broken)
        self.rejected.extend(note.replace("Product", name, 1) for note in broken)
        return records

    def _categories(self, model: str, *, needs: str = "") -> Categories:
        if needs and needs not in self.session.fields("product.template"):
            return Categories([])
        return Categories(self._records(Category, model, [], ["id", "name", "parent_id"]))

    def _fields(self, model: str, record: type[RecordT]) -> list[str]:
        """What is read of a model, as far as this Odoo has it: asking for an unknown field is an error."""
        here = self.session.fields(model)
        return [name for name in record.model_fields if name in here]

    def _for_sale(self) -> list[JsonValue]:
        hidden: list[JsonValue] = [["website_published", "=", True]] if self._hides_unpublished() else []
        return [*_FOR_SALE, *hidden]

    def _hides_unpublished(self) -> bool:
        return self.published_only and "website_published" in self.session.fields("product.template")


def _id(item: JsonValue) -> int:
    found = item.get("id") if isinstance(item, dict) else None
    if not isinstance(found, int):
        raise ConnectorError("bad_shape", "Odoo answered with a product without an id.")
    return found


def _part(model: type[RecordT], item: JsonValue, what: str) -> RecordT:
    """A record without which prices or choices would be wrong; what cannot be read is named `what`."""
    try:
        return read(model, item)
    except ConnectorError as error:
        raise ConnectorError(error.code, error.text.replace("Product", what, 1)) from error

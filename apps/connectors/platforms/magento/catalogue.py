"""Reading a Magento store view's products, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from pydantic import ValidationError

from apps.catalog.product import Product
from apps.connectors.platforms.base import Link, Page
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import problem, readable
from apps.connectors.platforms.magento import reading
from apps.connectors.platforms.magento.access import LARGEST_PAGE, Access
from apps.connectors.platforms.magento.criteria import Filter, criteria
from apps.connectors.platforms.magento.labels import Labels
from apps.connectors.platforms.magento.reading import Storefront
from apps.connectors.platforms.magento.records import Attribute, Category, Item, Rendered, StoreConfig
from apps.connectors.platforms.magento.stock import Stock
from apps.connectors.platforms.paging import Step

_ENABLED, _DISABLED = Filter("status", "1"), Filter("status", "2")
_SEEN_BY_ITSELF = Filter("visibility", "2,3,4", "in")  # in lists, in search, in both
_A_PART = Filter("visibility", "1")
_CONFIGURABLE = "configurable"
_BY_THEIR_PARTS = "parts:"  # where a pass is that reads all configurable products
SOLD = (_SEEN_BY_ITSELF, _ENABLED)


class Catalogue:
    """`rejected` collects what cannot be read, with the reason."""

    def __init__(self, access: Access, *, platform: str, link: Link, store_view: str, rejected: list[str]) -> None:
        self._access = access
        self._platform = platform
        self._link = link
        self._store_view = store_view
        self._rejected = rejected
        self._renders: bool | None = None  # whether prices can be had as the storefront shows them; not asked yet

    def view(self) -> StoreConfig:
        """The store view that was chosen; the first one when none was."""
        answer = self._access.get("store/storeConfigs")
        views = readable(StoreConfig, answer if isinstance(answer, list) else [], [])
        if not views:
            raise ConnectorError("bad_shape", "Magento's list of store views cannot be read. Check the address.")
        if not self._store_view:
            return views[0]
        found = next((view for view in views if view.code == self._store_view), None)
        if found is None:
            there = ", ".join(sorted(view.code for view in views))
            raise ConnectorError("bad_settings", f"There is no store view {self._store_view}. There are: {there}.")
        return found

    def pages(self, since: datetime | None, after: str) -> Iterator[Page]:
        front = self._storefront()
        stock = Stock(self._access, front.view)
        for step in self._changed(since, after):
            items = readable(Item, step.items, self._rejected)
            here = [item for item in items if reading.is_sold_here(item, front.view)]
            children = self._children([item for item in here if item.type_id == _CONFIGURABLE])
            rendered = self._rendered(here, front)
            parts = [child for some in children.values() for child in some]
            salable = stock.salable([item.sku for item in (*here, *parts)])
            page = [
                self._product(item, children.get(item.id, []), front, rendered.get(item.id), salable)
                for item in here
            ]
            yield Page([product for product in page if product], step.after)

    def switched_off(self, since: datetime) -> Iterator[list[str]]:
        """Ids of products that were changed after `since` and are disabled."""
        for answers in self._access.pages("products", _DISABLED, _after(since), by="entity_id"):
            items = readable(Item, answers, self._rejected)
            yield [f"{self._link.product_prefix}{item.id}" for item in items]

    def withheld(self, number: str) -> str:
        items = self._by_id([number]) if number.isdecimal() else []
        return reading.why_not_sold(items[0], self.view()) if items else ""

    def stock(self, product_ids: Sequence[str]) -> dict[str, int | None]:
        prefix = self._link.product_prefix
        stock = Stock(self._access, self.view())
        items = self._by_id([each.removeprefix(prefix) for each in product_ids])
        return {f"{prefix}{item.id}": stock.left(item.sku) for item in items}

    def _storefront(self) -> Storefront:
        view = self.view()
        attributes = self._access.pages("products/attributes", key="attribute_code")
        categories = self._access.pages("categories/list")
        return Storefront(
            platform=self._platform,
            link=self._link,
            view=view,
            currency=view.base_currency_code or self._link.currency,
            labels=Labels(each for some in attributes for each in readable(Attribute, some, [])),
            categories=reading.category_paths(
                each for some in categories for each in readable(Category, some, [])
            ),
            now=datetime.now(UTC),
        )

    def _changed(self, since: datetime | None, after: str) -> Iterator[Step]:
        if since is None:
            yield from self._access.products(*SOLD, after=after)
            return
        if not after.startswith(_BY_THEIR_PARTS):
            yield from self._access.products(*SOLD, _after(since), after=after)
            after = ""
        parts = self._access.page("products", criteria(_A_PART, _after(since), size=1), size=1)
        if parts.total:  # what they belong to has changed with them, and Magento does not say what that is
            configurable = Filter("type_id", _CONFIGURABLE)
            for step in self._access.products(*SOLD, configurable, after=after.removeprefix(_BY_THEIR_PARTS)):
                yield step._replace(after=f"{_BY_THEIR_PARTS}{step.after}")

    def _children(self, parents: list[Item]) -> dict[str, list[Item]]:
        """The simple products of each configurable one, by its id: all at once where the parents name them."""
        links = {each.id: each.extension_attributes.configurable_product_links for each in parents}
        named = {each.id: each for each in self._by_id([name for some in links.values() for name in some or []])}
        found: dict[str, list[Item]] = {}
        for parent in parents:
            names = links[parent.id]
            if names is not None:
                found[parent.id] = [named[name] for name in names if name in named]
            else:
                path = f"configurable-products/{quote(parent.sku, safe='')}/children"
                answer = self._access.find(path, may_be_kept=False)
                found[parent.id] = readable(Item, answer if isinstance(answer, list) else [], self._rejected)
        return found

    def _by_id(self, ids: list[str]) -> list[Item]:
        found: list[Item] = []
        for start in range(0, len(ids), LARGEST_PAGE):
            some = Filter("entity_id", ",".join(ids[start : start + LARGEST_PAGE]), "in")
            query = criteria(some, size=LARGEST_PAGE)
            found += readable(Item, self._access.page("products", query, size=LARGEST_PAGE).items, self._rejected)
        return found

    def _rendered(self, items: list[Item], front: Storefront) -> dict[str, Rendered]:
        """The products as the storefront shows them, by id; empty where the store does not tell."""
        if not items or self._renders is False:
            return {}
        wanted = Filter("entity_id", ",".join(item.id for item in items), "in")
        query = {"storeId": front.view.id, "currencyCode": front.currency}
        try:
            answer = self._access.find(
                "products-render-info",
                {**criteria(wanted, size=LARGEST_PAGE), **query},
                may_be_kept=not self._renders,
            )
        except ConnectorError as error:
            # Some stores fail at drawing their pictures, or take minutes: they are read without.
            if self._renders or error.code not in ("http_status", "timeout"):
                raise
            answer = None
        self._renders = self._renders or answer is not None
        listed = answer.get("items") if isinstance(answer, dict) else None
        return {each.id: each for each in readable(Rendered, listed if isinstance(listed, list) else [], [])}

    def _product(
        self,
        item: Item,
        children: list[Item],
        front: Storefront,
        rendered: Rendered | None,
        salable: dict[str, bool],
    ) -> Product | None:
        try:
            return reading.product(item, children, front, rendered, salable)
        except ValidationError as error:
            self._rejected.append(problem({"id": item.id}, error))
            return None


def _after(since: datetime) -> Filter:
    return Filter("updated_at", since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"), "gt")

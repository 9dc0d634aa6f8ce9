"""A Shopify shop's catalogue, read by cursors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue, ValidationError

from apps.catalog.product import Product
from apps.connectors.platforms.base import Link, Page
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import problem, read
from apps.connectors.platforms.shopify import queries
from apps.connectors.platforms.shopify.access import Admin, TooCostlyError
from apps.connectors.platforms.shopify.reading import product_from
from apps.connectors.platforms.shopify.records import Item, PageInfo, Shop, ShopifyVariant, Stock

_IDS_AT_ONCE = 100
_MOST_VARIANT_PAGES = 30  # Shopify keeps 2,048 variants of a product


@dataclass
class Catalogue:
    admin: Admin
    platform: str
    link: Link
    published_only: bool
    page_size: int  # halved where a page costs more than Shopify ever grants
    rejected: list[str]

    def shop(self) -> Shop:
        return read(Shop, self.admin.ask(queries.SHOP).get("shop"))

    def count(self) -> int | None:
        answer = self.admin.ask(queries.COUNT, {"query": self._for_sale()}).get("productsCount")
        count = answer.get("count") if isinstance(answer, dict) else None
        return count if isinstance(count, int) else None

    def example(self) -> str:
        nodes, _ = _page(self.admin.ask(queries.EXAMPLE, {"query": self._for_sale()}).get("products"))
        return str(nodes[0].get("title") or "") if nodes and isinstance(nodes[0], dict) else ""

    def products(self, since: datetime | None, after: str) -> Iterator[Page]:
        currency = self.shop().currency
        wanted = self._for_sale()
        if since is not None:
            wanted = f"{wanted} AND updated_at:>='{_moment(since)}'"
        for nodes, cursor in self._pages(queries.PRODUCTS, wanted, after or None):
            page = [self._product(node, currency) for node in nodes]
            yield Page([product for product in page if product], after=cursor or "")

    def deleted(self, since: datetime) -> Iterator[list[str]]:
        left = "status:archived OR status:draft"
        if self.published_only:
            left = f"{left} OR published_status:unpublished"
        for nodes, _ in self._pages(queries.PRODUCT_IDS, f"({left}) AND updated_at:>='{_moment(since)}'"):
            yield [read(Stock, node).id for node in nodes]

    def withheld(self, number: str) -> str:
        product = self.admin.ask(queries.SHOWN, {"id": _gid(number)}).get("product")
        if not isinstance(product, dict):
            return ""
        status = str(product.get("status")).lower()
        if status != "active":
            return f"It is not active in Shopify: its status is “{status}”."
        is_offline = self.published_only and product.get("onlineStoreUrl") is None
        return "It is not published in Shopify's online store." if is_offline else ""

    def stock(self, ids: Sequence[str]) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        for start in range(0, len(ids), _IDS_AT_ONCE):
            wanted: list[JsonValue] = [_gid(each) for each in ids[start : start + _IDS_AT_ONCE]]
            nodes = self.admin.ask(queries.STOCK, {"ids": wanted}).get("nodes")
            for node in nodes if isinstance(nodes, list) else []:
                if node:  # null: there is no such product
                    each = read(Stock, node)
                    found[each.id] = each.total if each.tracked else None
        return found

    def variants(self, product_id: str) -> list[ShopifyVariant]:
        return self._further_variants(product_id, PageInfo(hasNextPage=True))

    def _product(self, node: JsonValue, currency: str) -> Product | None:
        if isinstance(node, dict):
            node = {**node, "id": str(node.get("id") or "").rpartition("/")[2]}  # as merchants see it
        try:
            item = read(Item, node)
            variants = [*item.variants.nodes, *self._further_variants(item.id, item.variants.page)]
            return product_from(item, variants, platform=self.platform, link=self.link, currency=currency)
        except ValidationError as error:
            self.rejected.append(problem(node, error))
        except ConnectorError as error:
            if error.code != "bad_shape":
                raise
            self.rejected.append(error.text)
        return None

    def _further_variants(self, product_id: str, page: PageInfo) -> list[ShopifyVariant]:
        found: list[ShopifyVariant] = []
        for _ in range(_MOST_VARIANT_PAGES):
            if not page.has_next:
                break
            answer = self.admin.ask(queries.VARIANTS, {"id": _gid(product_id), "after": page.end}).get("product")
            if answer is None:  # deleted meanwhile
                break
            nodes, page = _page(answer.get("variants") if isinstance(answer, dict) else None)
            found.extend(read(ShopifyVariant, node) for node in nodes)
        return found

    def _pages(
        self, query: str, wanted: str, after: str | None = None
    ) -> Iterator[tuple[list[JsonValue], str | None]]:
        """Each page's nodes, and its cursor."""
        while True:
            try:
                answer = self.admin.ask(query, {"first": self.page_size, "after": after, "query": wanted})
            except TooCostlyError:
                if self.page_size == 1:
                    raise
                self.page_size //= 2
                continue
            nodes, page = _page(answer.get("products"))
            if nodes:
                yield nodes, page.end
            if not page.has_next or not nodes:
                return
            if page.end is None or page.end == after:
                raise ConnectorError("bad_shape", "Shopify tells of a further page, but not where it begins.")
            after = page.end

    def _for_sale(self) -> str:
        return "status:active AND published_status:published" if self.published_only else "status:active"


def _page(connection: JsonValue) -> tuple[list[JsonValue], PageInfo]:
    nodes = connection.get("nodes") if isinstance(connection, dict) else None
    if not isinstance(connection, dict) or not isinstance(nodes, list):
        raise ConnectorError("bad_shape", "Shopify answered in an unknown shape. Its API may have changed.")
    return nodes, read(PageInfo, connection.get("pageInfo") or {})


def _gid(number: str) -> str:
    return f"gid://shopify/Product/{number}"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

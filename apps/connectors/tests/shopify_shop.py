"""A Shopify shop on loopback: answers of the GraphQL Admin API, with exactly the fields that are asked for.

No recording of the Admin API exists. The answers are built after Shopify's published documentation (Admin API
2026-01; rate limits; client credentials), their contents by hand or from the SDKs' fixtures
in ../shared/data/shopify.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.catalog.product import Product
from apps.connectors.platforms.base import Link
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.patience import Pace, Patience
from apps.connectors.platforms.shopify.connector import ShopifyConnector
from apps.connectors.tests.contract import Case
from apps.connectors.tests.replay import Asked, ReplayServer, Said, said

SHARED = Path(__file__).parents[4] / "shared" / "data" / "shopify"
needs_fixtures = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the fixtures of ../shared/data/shopify")

CLIENT_ID, CLIENT_SECRET = "client-1", "shpss_hush"
PATH = "/admin/api/2026-01/graphql.json"
Node = dict[str, Any]


def variant(number: int, **fields: Any) -> Node:
    return {
        "id": f"gid://shopify/ProductVariant/{number}",
        "title": "Default Title",
        "sku": "",
        "barcode": None,
        "price": "10.00",
        "availableForSale": True,
        "selectedOptions": [{"name": "Title", "value": "Default Title"}],
        **fields,
    }


def product(number: int, title: str, *, variants: list[Node] | None = None, **fields: Any) -> Node:
    return {
        "id": f"gid://shopify/Product/{number}",
        "title": title,
        "descriptionHtml": "",
        "vendor": "Northsea",
        "productType": "",
        "onlineStoreUrl": f"https://shop.example/products/{number}",
        "createdAt": "2026-11-01T08:00:00Z",
        "updatedAt": "2026-11-02T08:00:00Z",
        "hasOnlyDefaultVariant": variants is None,
        "category": None,
        "featuredMedia": None,
        "collections": [],
        "rating": None,
        "ratingCount": None,
        "metafields": [],
        "variants": variants or [variant(number * 10)],
        "tracksInventory": True,
        "totalInventory": 3,
        "status": "active",
        "published": True,
        **fields,
    }


class Shop:
    """A responder for a `ReplayServer`. Tokens are `token-1`, `token-2` and so on; only the latest is good."""

    def __init__(self, products: list[Node], orders: list[Node] | None = None, *, points: float = 2000) -> None:
        self.products = products
        self.orders = orders or []
        self.tokens = 0
        self.lasting_token = ""
        self.dearest = 10_000  # what a query may ask for at most
        self.cost: Node = {
            "requestedQueryCost": 100,
            "actualQueryCost": 20,
            "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": points, "restoreRate": 100.0},
        }

    def __call__(self, asked: Asked) -> Said | None:
        if (asked.method, asked.path) == ("POST", "/admin/oauth/access_token"):
            return self._token(asked)
        if (asked.method, asked.path) != ("POST", PATH):
            return None
        if asked.headers.get("x-shopify-access-token") not in (self.lasting_token or None, f"token-{self.tokens}"):
            words = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return said({"errors": words}, status=401)
        call = asked.json()
        first = call["variables"].get("first", 1)
        if first > self.dearest:
            return self.refused("MAX_COST_EXCEEDED", "Query cost is 1252, which exceeds the single query max cost")
        data = self._answer(call["query"], call["variables"])
        return said({"data": _selected(_parse(call["query"]), data), "extensions": {"cost": self.cost}})

    def refused(self, code: str, words: str) -> Said:
        error = {"message": words, "extensions": {"code": code}}
        return said({"errors": [error], "extensions": {"cost": self.cost}})

    def _token(self, asked: Asked) -> Said:
        sent = dict(part.split("=", 1) for part in asked.body.decode().split("&"))
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        if sent != wanted:
            return said({"error": "invalid_client"}, status=400)
        self.tokens += 1
        return said({"access_token": f"token-{self.tokens}", "scope": "read_products", "expires_in": 86399})

    def _answer(self, query: str, variables: Node) -> Node:
        wanted = str(variables.get("query") or "")
        found = [each for each in self.products if _fits(each, wanted)]
        by_id = {each["id"]: each for each in self.products}
        match re.match(r"\s*query (\w+)", query):
            case None:
                raise AssertionError(query)
            case name if name[1] == "Shop":
                domain = {"url": "https://shop.example"}
                return {"shop": {"name": "Northsea", "currencyCode": "CAD", "primaryDomain": domain}}
            case name if name[1] == "Count":
                return {"productsCount": {"count": len(found)}}
            case name if name[1] == "Variants":
                each = by_id.get(variables["id"])
                return {"product": each and {"variants": _page(each["variants"], 100, variables["after"])}}
            case name if name[1] == "Shown":
                each = by_id.get(variables["id"])
                return {"product": each and {**each, "status": each["status"].upper()}}
            case name if name[1] == "Stock":
                return {"nodes": [by_id.get(each) for each in variables["ids"]]}
            case name if name[1] == "Orders":
                return {"orders": {"nodes": self.orders}}
        nodes = [
            {
                **each,
                "variants": _page(each["variants"], 50, None),
                "collections": {"nodes": each["collections"]},
                "metafields": {"nodes": each["metafields"]},
            }
            for each in found
        ]
        return {"products": _page(nodes, variables.get("first", 1), variables.get("after"))}


def _page(nodes: list[Node], first: int, after: str | None) -> Node:
    start = int(after.removeprefix("cursor-")) if after else 0
    end = start + first
    info = {"hasNextPage": end < len(nodes), "endCursor": f"cursor-{end}" if nodes[start:end] else None}
    return {"nodes": nodes[start:end], "pageInfo": info}


def _fits(node: Node, wanted: str) -> bool:
    """As much of Shopify's search as is asked."""
    since = re.search(r"updated_at:>='([^']+)'", wanted)
    if since and node["updatedAt"] < since[1]:
        return False
    if " OR " in wanted:
        hidden = "published_status:unpublished" in wanted and not node["published"]
        return node["status"] in ("archived", "draft") or hidden
    return node["status"] == "active" and (node["published"] or "published_status" not in wanted)


Selection = dict[str, Any]


def _parse(query: str) -> Selection:
    """The fields of a query, by the name they have in the answer; arguments, variables and types are left out."""
    bare = re.sub(r"\([^()]*\)", "", query)
    tokens = iter(re.findall(r"[{}]|\.\.\. on \w+|\w+:|\w+", bare[bare.index("{") :]))
    next(tokens)
    return _fields(tokens)


def _fields(tokens: Iterator[str]) -> Selection:
    found: Selection = {}
    latest = ""
    for token in tokens:
        if token == "}":
            break
        if token == "{":
            inner = _fields(tokens)
            if latest.startswith("..."):
                del found[latest]
                found |= inner
            else:
                found[latest] = inner
        elif not latest.endswith(":"):
            latest = token
            found[latest.rstrip(":")] = {}
        else:  # what an alias stands for
            latest = latest.rstrip(":")
    return found


def _selected(selection: Selection, value: Any) -> Any:
    if isinstance(value, list):
        return [_selected(selection, each) for each in value]
    if isinstance(value, dict) and selection:
        return {name: _selected(inner, value[name]) for name, inner in selection.items()}
    return value


def connect(server: ReplayServer, *, prefix: str = "", tries: int = 1, **settings: Any) -> ShopifyConnector:
    known = {"base_url": server.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    http = HttpClient(
        trusted=frozenset({("127.0.0.1", server.port)}),
        patience=Patience(tries=tries, backoff=0.01),
        pace=Pace(per_second=1000),
    )
    link = Link("c1", currency="EUR", product_prefix=prefix)
    return ShopifyConnector(ShopifyConnector.Settings(**{**known, **settings}), link=link, http=http)


def read(server: ReplayServer, **settings: Any) -> dict[str, Product]:
    with connect(server, **settings) as connector:
        products = {product.product_id: product for page in connector.iter_products() for product in page}
        assert connector.rejected == []
    return products


def failure(server: ReplayServer, **settings: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught, connect(server, **settings) as connector:
        connector.check()
    return caught.value


class _Paged(ShopifyConnector):
    page_size = 3  # small catalogues have pages too


SHOPIFY = Case(
    connector=_Paged,
    settings=lambda url: ShopifyConnector.Settings(base_url=url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET),
    responders=lambda _: [
        Shop([product(number, f"Teller für Käse – 皿 {number}") for number in (3, 5, 8, 12, 20)])
    ],
    product_ids=["3", "5", "8", "12", "20"],
    text="Teller für Käse – 皿",
    renews=True,
)


def rest_product(item: Node) -> Node:
    """A product of the SDKs' REST fixtures as GraphQL tells it."""
    names = [option["name"] for option in item["options"]]
    variants = [
        variant(
            each["id"],
            title=each["title"],
            sku=each["sku"],
            price=each["price"],
            availableForSale=each["inventory_quantity"] > 0 or each["inventory_policy"] == "continue",
            selectedOptions=[
                {"name": name, "value": each[f"option{place}"]} for place, name in enumerate(names, start=1)
            ],
        )
        for each in item["variants"]
    ]
    image = item["images"][0]["src"] if item["images"] else None
    return product(
        item["id"],
        item["title"],
        variants=variants,
        descriptionHtml=item["body_html"],
        vendor=item["vendor"],
        productType=item["product_type"],
        createdAt=item["created_at"],
        updatedAt=item["updated_at"],
        hasOnlyDefaultVariant=[each["title"] for each in item["variants"]] == ["Default Title"],
        featuredMedia={"preview": {"image": {"url": image}}} if image else None,
    )


def rest_fixture(path: str) -> Any:
    return json.loads((SHARED / path).read_text())

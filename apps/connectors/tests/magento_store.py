"""A Magento store on loopback, made of answers that a real one gave, or of a few products of our own.

It filters, sorts and pages by `searchCriteria` as the recorded store (Magento 2.2.5) does: a page past the last is
the last one again. Refusals are the recorded ones. What the recorded store does not have (MSI, orders, several
store views) is built from Adobe's published schema of 2.4.8.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

from oauthlib.common import Request
from oauthlib.oauth1.rfc5849.signature import verify_hmac_sha256
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header

from apps.connectors.platforms.base import Link
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.magento.connector import MagentoConnector
from apps.connectors.platforms.patience import Pace, Patience
from apps.connectors.tests.contract import Case
from apps.connectors.tests.replay import Asked, ReplayServer, Said, said

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "magento2" / "recorded-magento-2.2.5"
OPEN = {"username": "admin", "password": "Admin1234"}
KEYS = {"consumer_key": "ck", "consumer_secret": "cs", "access_token": "at", "access_token_secret": "ats"}
_UNAUTHORIZED = said(
    {
        "message": "Consumer is not authorized to access %resources",
        "parameters": {"resources": "Magento_Catalog::products"},
    },
    status=401,
)
_NOTHING = said({"message": "Request does not match any route."}, status=404)
_FILTER = re.compile(r"searchCriteria\[filter_groups\]\[(\d+)\]\[filters\]\[0\]\[(field|value|condition_type)\]")


def answer(name: str) -> Any:
    """The JSON that the recorded store answered."""
    return json.loads((RECORDED / f"{name}.json").read_text())["response"]["json"]


def recorded_products() -> list[dict[str, Any]]:
    with gzip.open(RECORDED / "all_products.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def view(code: str = "default", **fields: Any) -> dict[str, Any]:
    base = "https://shop.example/"
    return {
        "id": 1,
        "code": code,
        "website_id": 1,
        "base_currency_code": "USD",
        "timezone": "UTC",
        "base_link_url": base,
        "base_media_url": f"{base}media/",
        **fields,
    }


@dataclass
class Store:
    products: list[dict[str, Any]] = field(default_factory=list)
    children: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by the parent's sku
    attributes: list[dict[str, Any]] = field(default_factory=list)
    categories: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=lambda: [view()])
    orders: list[dict[str, Any]] = field(default_factory=list)
    shipments: list[dict[str, Any]] = field(default_factory=list)
    rendered: list[dict[str, Any]] | None = None
    stock_items: dict[str, Any] = field(default_factory=dict)
    salable: dict[str, int] | None = None  # what MSI would sell, by sku; None: without MSI
    tokens: list[str] = field(default_factory=list)  # those that were handed out; only the last one is good

    @classmethod
    def recorded(cls) -> Store:
        """The recorded store; the parts of its configurable products are told by their sku, as its sample data has
        it ("MH01-XS-Black" belongs to "MH01"), except those of MH01, which are recorded."""
        products = recorded_products()
        parts = [each for each in products if each["visibility"] == 1]
        parents = [each["sku"] for each in products if each["type_id"] == "configurable"]
        return cls(
            products=products,
            children={
                **{sku: [part for part in parts if part["sku"].startswith(f"{sku}-")] for sku in parents},
                "MH01": answer("configurable_children"),
            },
            attributes=answer("attributes_list")["items"],
            categories=answer("categories_list")["items"],
            views=answer("store_configs"),
            rendered=answer("product_render_info")["items"],
            stock_items={"24-MB01": answer("stock_item")},
        )

    def __call__(self, asked: Asked) -> Said | None:
        _, _, path = asked.path.partition("/V1/")
        if path == "integration/admin/token":
            return self._token(asked)
        if not self._is_let_in(asked):
            return _UNAUTHORIZED
        return self._answer(path.split("/"), asked.query)

    def _token(self, asked: Asked) -> Said:
        if asked.json() != OPEN:
            words = "You did not sign in correctly or your account is temporarily disabled."
            return said({"message": words}, status=401)
        self.tokens.append(f"token-{len(self.tokens)}")
        return said(self.tokens[-1])

    def _is_let_in(self, asked: Asked) -> bool:
        given = asked.headers.get("authorization", "")
        if given.startswith("OAuth "):
            return signed_by_keys(asked, given)
        return given == "Bearer integration" or given in [f"Bearer {token}" for token in self.tokens[-1:]]

    def _answer(self, path: list[str], query: Mapping[str, str]) -> Said:
        match path:
            case ["products"]:
                return page(self.products, query)
            case ["products", "attributes"]:
                return page(self.attributes, query)
            case ["categories", "list"]:
                return page(self.categories, query)
            case ["configurable-products", sku, "children"]:
                return said(self.children[unquote(sku)])
            case ["store", "storeConfigs"]:
                return said(self.views)
            case ["store", "websites"]:
                return said([{"id": 0, "code": "admin"}, {"id": 1, "code": "base"}])
            case ["products-render-info"] if self.rendered is not None:
                return page(self.rendered, query)
            case ["stockItems", sku] if (stock := self.stock_items.get(unquote(sku))) is not None:
                return said(stock)
            case ["orders"]:
                return page(self.orders, query)
            case ["shipments"]:
                return page(self.shipments, query)
            case ["inventory", *rest] if self.salable is not None:
                return self._inventory(rest, query, self.salable)
        return _NOTHING

    def _inventory(self, path: list[str], query: Mapping[str, str], salable: dict[str, int]) -> Said:
        match path:
            case ["stock-resolver", "website", "base"]:
                return said({"stock_id": 3, "name": "Main"})
            case ["are-products-salable"] if query["stockId"] == "3":
                skus = [value for name, value in query.items() if name.startswith("skus[")]
                return said([{"sku": sku, "stock_id": 3, "salable": salable.get(sku, 0) > 0} for sku in skus])
            case ["get-product-salable-quantity", sku, "3"]:
                return said(salable[unquote(sku)])
        return _NOTHING


def signed_by_keys(asked: Asked, header: str) -> bool:
    """Whether the header carries the signature that belongs to the request."""
    given = {name: unquote(value) for name, value in parse_authorization_header(header)}
    signed = {name: value for name, value in given.items() if name not in ("oauth_signature", "realm")}
    request = Request(f"http://{asked.headers['host']}{asked.path}?{urlencode(asked.query)}", http_method="GET")
    request.params = [*signed.items(), *asked.query.items()]
    request.signature = given["oauth_signature"]
    owner = KEYS["access_token_secret"]
    good = verify_hmac_sha256(request, client_secret=KEYS["consumer_secret"], resource_owner_secret=owner)
    return bool(good) and given["oauth_token"] == KEYS["access_token"]


def page(items: list[dict[str, Any]], query: Mapping[str, str]) -> Said:
    """What passes all filters, sorted, and of that the page asked for, or the last one."""
    groups: dict[str, dict[str, str]] = {}
    for name, value in query.items():
        if found := _FILTER.fullmatch(name):
            groups.setdefault(found[1], {})[found[2]] = value
    chosen = [item for item in items if all(_passes(item, each) for each in groups.values())]
    if query.get("searchCriteria[sortOrders][0][field]") == "entity_id":
        chosen.sort(key=lambda item: int(item["id"]))
    size = int(query["searchCriteria[pageSize]"])
    last = max(1, -(-len(chosen) // size))
    number = min(int(query.get("searchCriteria[currentPage]", 1)), last)
    return said({"items": chosen[(number - 1) * size : number * size], "total_count": len(chosen)})


def _passes(item: Mapping[str, Any], condition: Mapping[str, str]) -> bool:
    name = condition["field"]
    value = str(item["id"] if name == "entity_id" and "entity_id" not in item else item[name])
    match condition["condition_type"]:
        case "in":
            return value in condition["value"].split(",")
        case "gt":
            return value > condition["value"]
    return value.casefold() == condition["value"].casefold()


def connector_of(
    store: Store, server: ReplayServer, *, prefix: str = "", settings: Mapping[str, str] | None = None
) -> MagentoConnector:
    server.responders.insert(0, store)
    http = HttpClient(
        trusted=frozenset({("127.0.0.1", server.port)}),
        patience=Patience(backoff=0.01),
        pace=Pace(per_second=1000),
    )
    read = MagentoConnector.Settings(base_url=server.url, **(settings or {"access_token": "integration"}))
    return MagentoConnector(read, link=Link("c1", currency="EUR", product_prefix=prefix), http=http)


def item(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A simple product as lists have it since 2.3."""
    custom = {"url_key": f"mug-{number}", **fields.pop("custom", {})}
    return {
        "id": number,
        "sku": f"M{number}",
        "name": f"Mug {number}",
        "type_id": "simple",
        "price": 5,
        "status": 1,
        "visibility": 4,
        "updated_at": "2026-11-01 00:00:00",
        "custom_attributes": [{"attribute_code": code, "value": value} for code, value in custom.items()],
        **fields,
    }


def _small(_: str) -> list[Store]:
    """More than one page, and a configurable product."""
    part = item(301, visibility=1, sku="M3-L")
    products = [item(number) for number in range(1, 121)]
    products[2] |= {"name": "Ölzeug für Regen – 雨衣", "type_id": "configurable", "price": 0}
    return [Store(products=[*products, part], children={"M3": [part]})]


MAGENTO = Case(
    connector=MagentoConnector,
    settings=lambda url: MagentoConnector.Settings(base_url=url, **OPEN),
    responders=_small,
    product_ids=[str(number) for number in range(1, 121)],
    text="Ölzeug für Regen – 雨衣",
    renews=True,
)

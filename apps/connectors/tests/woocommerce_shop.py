"""A WooCommerce shop on loopback, made of answers that a real one gave, or of a few products of our own.

It checks signatures as WooCommerce does over plain http, and it pages, filters and counts what it is given. Its
errors are worded as the recorded shop (WooCommerce 9.5.1) words them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from oauthlib.common import Request
from oauthlib.oauth1.rfc5849.signature import verify_hmac_sha256

from apps.connectors.platforms.base import Link
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.patience import Pace, Patience
from apps.connectors.platforms.woocommerce.connector import WooCommerceConnector
from apps.connectors.tests.contract import Case
from apps.connectors.tests.replay import Asked, ReplayServer, Said, said

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "woocommerce" / "recorded-wc-9.5.1"
KEY, SECRET = f"ck_{'a' * 40}", f"cs_{'b' * 40}"
_API, _STORE_API = "/wp-json/wc/v3/", "/wp-json/wc/store/v1/products"
_NOTHING = said({"code": "rest_no_route", "message": "No route was found matching the URL."}, status=404)


def answer(name: str) -> Any:
    """The JSON that the recorded shop answered."""
    return json.loads((RECORDED / f"{name}.json").read_text())["response"]["json"]


@dataclass
class Shop:
    products: list[dict[str, Any]] = field(default_factory=list)
    variations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    categories: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    shown: list[dict[str, Any]] = field(default_factory=list)  # the Store API's view of the products
    url: str = ""
    nonces: set[str] = field(default_factory=set)

    @classmethod
    def recorded(cls) -> Shop:
        return cls(
            products=answer("products_per100"),
            variations={"10": answer("product_variations_10"), "11": answer("product_variations_11")},
            categories=answer("categories"),
            orders=answer("orders"),
            settings={"general/woocommerce_currency": answer("settings_general_currency")["value"]},
            shown=answer("store_api_products"),
        )

    def __call__(self, asked: Asked) -> Said | None:
        query = {name: value for name, value in asked.query.items() if not name.startswith("oauth_")}
        if asked.path == _STORE_API:
            return _page(_chosen(self.shown, query), query)
        if not asked.path.startswith(_API):
            return None
        refused = self._refusal(asked)
        if refused is not None:
            return refused
        match asked.path.removeprefix(_API).split("/"):
            case ["products"]:
                return _page(_chosen(self.products, query), query)
            case ["products", "categories"]:
                return _page(self.categories, query)
            case ["products", name]:
                return next((said(item) for item in self.products if str(item["id"]) == name), _NOTHING)
            case ["products", name, "variations"]:
                return _page(self.variations[name], query)
            case ["orders"]:
                found = [order for order in self.orders if query["search"] in json.dumps(order["billing"])]
                return _page(found, query)
            case ["orders", name]:
                return next((said(order) for order in self.orders if str(order["id"]) == name), _NOTHING)
            case ["settings", group, name] if (value := self.settings.get(f"{group}/{name}")) is not None:
                return said({"id": name, "value": value})
        return _NOTHING

    def _refusal(self, asked: Asked) -> Said | None:
        given = asked.query
        if "oauth_signature" not in given:
            return _unauthorized("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if given["oauth_consumer_key"] != KEY:
            return _unauthorized("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if given["oauth_nonce"] in self.nonces:
            words = "Invalid nonce - nonce has already been used."
            return _unauthorized("woocommerce_rest_authentication_error", words)
        self.nonces.add(given["oauth_nonce"])
        if not signed_by(SECRET, f"{self.url}{asked.path}", given):
            words = "Invalid signature - provided signature does not match."
            return _unauthorized("woocommerce_rest_authentication_error", words)
        return None


def signed_by(secret: str, url: str, query: Mapping[str, str]) -> bool:
    """Whether `query` carries the signature that belongs to the rest of it."""
    signed = {name: value for name, value in query.items() if name != "oauth_signature"}
    request = Request(f"{url}?{urlencode(signed)}", http_method="GET")
    request.params = list(signed.items())
    request.signature = query["oauth_signature"]
    return bool(verify_hmac_sha256(request, client_secret=secret))


def connector_of(
    shop: Shop, server: ReplayServer, *, secret: str = SECRET, prefix: str = "", webhook_secret: str = ""
) -> WooCommerceConnector:
    server.responders.append(shop)
    shop.url = server.url
    http = HttpClient(
        trusted=frozenset({("127.0.0.1", server.port)}),
        patience=Patience(backoff=0.01),
        pace=Pace(per_second=1000),
    )
    settings = WooCommerceConnector.Settings(
        base_url=server.url, consumer_key=KEY, consumer_secret=secret, webhook_secret=webhook_secret
    )
    return WooCommerceConnector(settings, link=Link("c1", currency="EUR", product_prefix=prefix), http=http)


def _chosen(items: list[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    wanted = query["include"].split(",") if "include" in query else None
    variations = query.get("type") == "variation"
    return [
        item
        for item in items
        if (wanted is None or str(item["id"]) in wanted)
        and _has_status(item.get("status", "publish"), query.get("status", "any"))
        and ("modified_after" not in query or item["date_modified_gmt"] > query["modified_after"])
        and variations == (item.get("type") == "variation")
    ]


def _has_status(status: str, wanted: str) -> bool:
    return status != "trash" if wanted == "any" else status == wanted


def _page(items: list[dict[str, Any]], query: Mapping[str, str]) -> Said:
    size, number = int(query.get("per_page", 10)), int(query.get("page", 1))
    if size > 100:
        return said({"code": "rest_invalid_param", "message": "Invalid parameter(s): per_page"}, status=400)
    headers = {"X-WP-Total": str(len(items)), "X-WP-TotalPages": str(math.ceil(len(items) / size))}
    return said(items[(number - 1) * size : number * size], headers=headers)


def _unauthorized(code: str, words: str) -> Said:
    return said({"code": code, "message": words, "data": {"status": 401}}, status=401)


def query_of(recorded: str) -> dict[str, str]:
    """The query of a recorded request."""
    return dict(parse_qsl(json.loads((RECORDED / f"{recorded}.json").read_text())["request"]["query"]))


def _small(url: str) -> list[Shop]:
    """More than one page, and a product with variations."""
    products = [{"id": number, "name": f"Mug {number}", "price": "5"} for number in range(1, 121)]
    products[2] |= {"name": "Ölzeug für Regen – 雨衣", "variations": [301]}
    return [Shop(products=products, variations={"3": [{"id": 301, "price": "5"}]}, url=url)]


WOOCOMMERCE = Case(
    connector=WooCommerceConnector,
    settings=lambda url: WooCommerceConnector.Settings(base_url=url, consumer_key=KEY, consumer_secret=SECRET),
    responders=_small,
    product_ids=[str(number) for number in range(1, 121)],
    text="Ölzeug für Regen – 雨衣",
)

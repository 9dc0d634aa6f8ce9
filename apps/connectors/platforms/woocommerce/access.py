"""How a WooCommerce shop is asked: where its API lies, and which credentials go over which kind of connection."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.oauth1 import OAuth1
from apps.connectors.platforms.paging import Listing, Step, each_step, whole_number
from apps.connectors.platforms.replies import Reply

LARGEST_PAGE = 100  # WooCommerce refuses more
_MISSING = frozenset({404})
_NOT_READABLE = frozenset({401, 403, 404})  # the key may read products all the same


class Access:
    def __init__(self, http: HttpClient, base_url: str, *, consumer_key: str, consumer_secret: str) -> None:
        self._http = http
        self._root = f"{base_url}/wp-json"
        pair = base64.b64encode(f"{consumer_key}:{consumer_secret}".encode()).decode()
        over_https = base_url.startswith("https://")
        self._headers = {"Authorization": f"Basic {pair}"} if over_https else {}
        # WooCommerce refuses the pair itself over plain http, where anyone could read it.
        self._sign = None if over_https else OAuth1(consumer_key, consumer_secret, into="query").sign

    def get(self, path: str, params: Mapping[str, str]) -> JsonValue:
        return self._ask(path, params).json()

    def find(self, path: str) -> JsonValue:
        """What is at `path`; None when there is no such thing."""
        reply = self._ask(path, {}, ok_statuses=_MISSING)
        return None if reply.status == 404 else reply.json()

    def setting(self, path: str) -> str:
        """The value of a shop's setting; nothing when the key may not read it, or the version does not have it."""
        reply = self._ask(f"settings/{path}", {"_fields": "id,value"}, ok_statuses=_NOT_READABLE)
        answer = reply.json() if reply.status == 200 else None
        value = answer.get("value") if isinstance(answer, dict) else None
        return value if isinstance(value, str) else ""

    def page(self, path: str, params: Mapping[str, str], number: int, *, size: int = LARGEST_PAGE) -> Listing:
        reply = self._ask(path, {**params, "per_page": str(size), "page": str(number)})
        return Listing(
            a_list(reply),
            total=whole_number(reply.headers.get("x-wp-total", "")),
            pages=whole_number(reply.headers.get("x-wp-totalpages", "")),
        )

    def pages(self, path: str, params: Mapping[str, str]) -> Iterator[list[JsonValue]]:
        """Every item once, oldest first, so that what is added in mid-run comes last."""
        return (step.items for step in self.steps(path, params))

    def steps(self, path: str, params: Mapping[str, str], *, after: str = "") -> Iterator[Step]:
        ordered = {**params, "orderby": "id", "order": "asc"}
        return each_step(lambda number: self.page(path, ordered, number), size=LARGEST_PAGE, after=after)

    def shown(self, params: Mapping[str, str]) -> list[JsonValue]:
        """Products as visitors see them, from the Store API, which asks for no credentials."""
        url = f"{self._root}/wc/store/v1/products"
        reply = self._http.request(
            "GET", url, params={**params, "per_page": str(LARGEST_PAGE)}, ok_statuses=_NOT_READABLE
        )
        return a_list(reply) if reply.status == 200 else []

    def _ask(self, path: str, params: Mapping[str, str], *, ok_statuses: frozenset[int] = frozenset()) -> Reply:
        return self._http.request(
            "GET",
            f"{self._root}/wc/v3/{path}",
            params=params,
            headers=self._headers,
            sign=self._sign,
            ok_statuses=ok_statuses,
        )


def a_list(reply: Reply) -> list[JsonValue]:
    answer = reply.json()
    if not isinstance(answer, list):
        raise ConnectorError("bad_shape", f"{reply.url.partition('?')[0]} answered JSON, but not a list.")
    return answer

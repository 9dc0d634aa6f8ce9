"""How a Magento store is asked: with which credentials, and what its refusals mean."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from pydantic import JsonValue

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.magento.criteria import Filter, criteria
from apps.connectors.platforms.oauth1 import OAuth1
from apps.connectors.platforms.paging import Listing, Step, each_page, each_step
from apps.connectors.platforms.replies import Reply

LARGEST_PAGE = 100  # Magento builds a page in memory: larger ones time out in some stores
_EXPLAINED = frozenset({400, 401, 403, 404})  # refusals that Magento words itself
_MOST_WORDS = 200


@dataclass(frozen=True)
class Credentials:
    """An integration's keys, its token alone, or an administrator's name and password."""

    username: str = ""
    password: str = ""
    token: str = ""
    oauth: OAuth1 | None = None


class Access:
    """Asks one store view, the default one while `store_view` is empty."""

    def __init__(self, http: HttpClient, base_url: str, credentials: Credentials, *, store_view: str = "") -> None:
        self._http = http
        self._credentials = credentials
        self._token = credentials.token
        self._default = f"{base_url}/rest"
        self._root = f"{self._default}/{quote(store_view, safe='')}" if store_view else self._default

    def get(self, path: str, params: Mapping[str, str] | None = None) -> JsonValue:
        reply = self._ask(path, params or {})
        if reply.status in _EXPLAINED:
            raise refused(reply)
        return reply.json()

    def find(self, path: str, params: Mapping[str, str] | None = None, *, may_be_kept: bool = True) -> JsonValue:
        """What is at `path`; None when this version does not have it, or there is no such thing.

        None also when these credentials may not see it, unless they were seen to: then they have ended.
        """
        reply = self._ask(path, params or {})
        if reply.status in (401, 403) and not may_be_kept:
            raise refused(reply)
        return None if reply.status in _EXPLAINED else reply.json()

    def page(self, path: str, query: Mapping[str, str], *, size: int) -> Listing:
        answer = self.get(path, query)
        items = answer.get("items") if isinstance(answer, dict) else None
        total = answer.get("total_count") if isinstance(answer, dict) else None
        if not isinstance(total, int) or not (items is None or isinstance(items, list)):
            raise ConnectorError("bad_shape", f"Magento's answer for {path} is not a list with a count.")
        return Listing(items or [], total=total, pages=math.ceil(total / size))

    def pages(
        self, path: str, *filters: Filter, by: str = "", key: str = "id", size: int = LARGEST_PAGE
    ) -> Iterator[list[JsonValue]]:
        """Every item once."""
        return each_page(
            lambda number: self.page(path, criteria(*filters, size=size, number=number, by=by), size=size),
            size=size,
            key=key,
        )

    def products(self, *filters: Filter, after: str) -> Iterator[Step]:
        """Every product once, by id."""
        return each_step(
            lambda number: self.page(
                "products",
                criteria(*filters, size=LARGEST_PAGE, number=number, by="entity_id"),
                size=LARGEST_PAGE,
            ),
            size=LARGEST_PAGE,
            after=after,
        )

    def _ask(self, path: str, params: Mapping[str, str]) -> Reply:
        """The answer, `_EXPLAINED` ones included. An administrator's token ends after some hours: then a new one
        is fetched, once."""
        had_token = bool(self._token)
        reply = self._send(path, params)
        if reply.status == 401 and had_token and self._credentials.username:
            self._token = ""
            reply = self._send(path, params)
        return reply

    def _send(self, path: str, params: Mapping[str, str]) -> Reply:
        oauth = self._credentials.oauth
        return self._http.request(
            "GET",
            f"{self._root}/V1/{path}",
            params=params,
            headers={} if oauth else {"Authorization": f"Bearer {self._token or self._new_token()}"},
            sign=oauth.sign if oauth else None,
            ok_statuses=_EXPLAINED,
        )

    def _new_token(self) -> str:
        reply = self._http.request(
            "POST",
            f"{self._default}/V1/integration/admin/token",
            json={"username": self._credentials.username, "password": self._credentials.password},
            ok_statuses=_EXPLAINED,
        )
        if reply.status in _EXPLAINED:
            raise refused(reply)
        token = reply.json()
        if not isinstance(token, str) or not token:
            raise ConnectorError("bad_shape", "Magento answered the sign-in with something that is not a token.")
        self._token = token
        return token


def refused(reply: Reply) -> ConnectorError:
    words = _own_words(reply.json())
    if reply.status in (401, 403):
        hint = "Check the credentials, and that they may read what is named here."
        return ConnectorError("unauthorized", f"Magento refuses access ({reply.status}): “{words}” {hint}")
    if reply.status == 404:
        url = reply.url.partition("?")[0]
        return ConnectorError("http_status", f"{url} does not exist (404). Check the address. It says: “{words}”")
    return ConnectorError("platform_error", f"Magento cannot answer ({reply.status}): “{words}”")


def _own_words(answer: JsonValue) -> str:
    """The message, its placeholders filled: "%resources", or "%1" for the first of a list."""
    message = answer.get("message") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(message, str):
        return "no reason given"
    given = answer.get("parameters")
    named: Mapping[str, object] = given if isinstance(given, dict) else {}
    listed: Collection[object] = given if isinstance(given, list) else ()
    values = {**named, **{str(place): value for place, value in enumerate(listed, start=1)}}
    for name, value in sorted(values.items(), key=lambda pair: len(pair[0]), reverse=True):
        message = message.replace(f"%{name}", str(value))
    return " ".join(message.split())[:_MOST_WORDS]

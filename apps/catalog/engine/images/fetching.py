"""Pictures of products, fetched from where their store keeps them: a few at once, bounded in every way."""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from apps.catalog.engine.embedding.image import Picture
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.images.decoding import MOST_BYTES, decode
from eaichat.outbound.client import HttpLimits, OutboundClient
from eaichat.outbound.connections import Origin
from eaichat.outbound.errors import OutboundError

log = logging.getLogger(__name__)

_LIMITS = HttpLimits(connect=3.0, read=5.0, total=15.0, body=MOST_BYTES, redirects=3)
_AT_ONCE = 4
# What is fetched lies unfolded in memory until it is embedded.
_AHEAD = 16
# A host that failed so often in a row is not asked for the rest of its pictures: each would cost seconds.
_GIVE_UP_AFTER = 3
_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no picture. `passing`: it is worth another try in a later sync."""

    reason: str
    passing: bool


class Fetcher(Protocol):
    def fetch(self, urls: Sequence[str]) -> Iterator[tuple[str, Picture | Missing]]:
        """Each address once, in any order, with its picture or why there is none. Never raises."""


class PictureFetcher:
    """Fetches over HTTP from public addresses; `trusted` ones may be private (the demo's own)."""

    def __init__(self, *, trusted: frozenset[Origin] = frozenset(), limits: HttpLimits = _LIMITS) -> None:
        self._trusted = trusted
        self._limits = limits

    def fetch(self, urls: Sequence[str]) -> Iterator[tuple[str, Picture | Missing]]:
        unique = list(dict.fromkeys(urls))
        count = min(_AT_ONCE, len(unique))
        if not count:
            return
        clients = [
            OutboundClient(agent="eaichat-images", trusted=self._trusted, limits=self._limits)
            for _ in range(count)
        ]
        free: queue.SimpleQueue[OutboundClient] = queue.SimpleQueue()
        for client in clients:
            free.put(client)
        hosts = _Hosts()
        try:
            with ThreadPoolExecutor(count, thread_name_prefix="fetch-image") as threads:
                for start in range(0, len(unique), _AHEAD):
                    some = unique[start : start + _AHEAD]
                    yield from zip(some, threads.map(lambda url: _fetch(url, free, hosts), some), strict=True)
        finally:
            for client in clients:
                client.close()


def _fetch(url: str, free: queue.SimpleQueue[OutboundClient], hosts: _Hosts) -> Picture | Missing:
    try:
        return _picture(url, free, hosts)
    except Exception:  # whatever a stranger's server or file brings about: no single picture may fail a sync
        log.exception("A picture was given up")
        return Missing("This picture could not be read.", passing=True)


def _picture(url: str, free: queue.SimpleQueue[OutboundClient], hosts: _Hosts) -> Picture | Missing:
    host = _host(url)
    if hosts.given_up(host):
        return Missing(f"{host} did not answer for other pictures", passing=True)
    client = free.get()
    try:
        answer = client.get(url, accept="image/*")
    except OutboundError as error:
        hosts.told(host, failed=error.retryable)
        return Missing(error.text, passing=error.retryable)
    finally:
        free.put(client)
    hosts.told(host, failed=False)
    if answer.status != 200:
        passing = answer.status in _PASSING_STATUS
        return Missing(f"{answer.target.host} answered with status {answer.status}", passing=passing)
    try:
        return decode(answer.body)
    except CatalogError as error:
        return Missing(error.text, passing=False)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # the client will say what is wrong with it
        return ""


class _Hosts:
    """Which hosts have failed how often in a row."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()
        self._lock = threading.Lock()

    def given_up(self, host: str) -> bool:
        with self._lock:
            return self._failures[host] >= _GIVE_UP_AFTER

    def told(self, host: str, *, failed: bool) -> None:
        with self._lock:
            self._failures[host] = self._failures[host] + 1 if failed else 0

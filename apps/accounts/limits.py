"""How much one party may ask of the whole installation: counted in Redis, so that every process counts the same.

Without Redis, or while it is away, each process counts in its own memory: nobody is locked out and nothing is
open, there is only room for as many times more as there are processes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool

from apps.accounts import live
from apps.accounts.buckets import Buckets

log = logging.getLogger(__name__)

PATIENCE = 0.3  # seconds that Redis has to answer: somebody waits for it
_ALONE = 2.0  # seconds in which it is not asked again after it did not


@dataclass(frozen=True)
class Limit:
    """At most `amount` within any `seconds`; an amount of 0 is no limit."""

    name: str
    amount: int
    seconds: int


class Limits:
    """The counts. `take` belongs to the loop that serves sockets."""

    def __init__(self) -> None:
        self._limiter: MovingWindowRateLimiter | None = None
        self._pool: ConnectionPool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alone: dict[Limit, Buckets] = {}
        self._alone_until = 0.0

    async def take(self, limit: Limit, key: str) -> float:
        """Count one of `key`. Returns the seconds to wait before the next try when there are too many, else 0."""
        if limit.amount == 0:
            return 0.0
        if settings.REDIS_URL and not live.is_delayed() and time.monotonic() >= self._alone_until:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._take_shared(limit, key)
            except Exception as error:  # whatever the client raises: the shopper is served all the same
                self._alone_until = time.monotonic() + _ALONE
                log.warning("Limits are counted by each process alone for now: %s", type(error).__name__)
        return self._take_alone(limit, key)

    async def close(self) -> None:
        """Close the connections to Redis."""
        pool, self._pool, self._loop = self._pool, None, None
        if pool is not None:
            await pool.aclose()

    async def _take_shared(self, limit: Limit, key: str) -> float:
        limiter = self._connected()
        item = RateLimitItemPerSecond(limit.amount, limit.seconds, namespace=f"eaichat.{limit.name}")
        if await limiter.hit(item, key):
            return 0.0
        window = await limiter.get_window_stats(item, key)
        return max(0.1, window.reset_time - time.time())

    def _connected(self) -> MovingWindowRateLimiter:
        """One for each loop: connections belong to the loop that opened them."""
        loop = asyncio.get_running_loop()
        if self._limiter is None or self._loop is not loop:
            url = settings.REDIS_URL
            self._pool = ConnectionPool.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
            options: dict[str, Any] = {"implementation": "redispy", "connection_pool": self._pool}
            self._limiter = MovingWindowRateLimiter(RedisStorage(f"async+{url}", **options))
            self._loop = loop
        return self._limiter

    def _take_alone(self, limit: Limit, key: str) -> float:
        buckets = self._alone.get(limit)
        if buckets is None:
            buckets = Buckets(per_second=limit.amount / limit.seconds, burst=limit.amount)
            self._alone[limit] = buckets
        return buckets.take(key)


LIMITS = Limits()


def party(address: str) -> str:
    """Who an address stands for. With IPv6 a household has a /64, and its machines any number of addresses."""
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address


def in_words(seconds: float) -> str:
    """When to try again, e.g. "in 20 seconds"."""
    whole = max(1, round(seconds + 0.49))
    if whole < 100:
        return f"in {whole} second{'s' if whole > 1 else ''}"
    return f"in {round(whole / 60 + 0.49)} minutes"

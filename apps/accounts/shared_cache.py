"""The cache in Redis; while Redis is away, this process' memory.

What counts tries of a login or requests of the API must go on: with Redis' own backend, every login would fail
while Redis is being restarted.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

_ALONE = 2.0  # seconds in which Redis is not asked again after it did not answer


def _either(name: str) -> Callable[..., Any]:
    def call(self: SharedCache, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= SharedCache.alone_until:
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                SharedCache.alone_until = time.monotonic() + _ALONE
                log.warning("The cache is each process' own for now: %s", type(error).__name__)
        return getattr(self.memory, name)(*args, **kwargs)

    return call


class SharedCache(RedisCache):
    """Redis first. The state is the process': Django makes a cache for every thread."""

    alone_until: ClassVar[float] = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.memory = LocMemCache("shared-cache", {})

    add = _either("add")
    get = _either("get")
    set = _either("set")
    touch = _either("touch")
    delete = _either("delete")
    has_key = _either("has_key")
    incr = _either("incr")
    get_many = _either("get_many")
    set_many = _either("set_many")
    delete_many = _either("delete_many")
    clear = _either("clear")

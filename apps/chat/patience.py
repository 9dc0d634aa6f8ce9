"""Waiting for a database that is away: a turn that was acknowledged is finished when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from apps.accounts.database import DatabaseAway, in_database

P = ParamSpec("P")
T = TypeVar("T")

_SHORTEST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0


async def patiently(seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`function` (harmless to repeat) on the database pool, again and again for `seconds`. Raises DatabaseAway.

    The pauses are the loop's, so that no thread of the pool waits with us.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    pause = _SHORTEST_PAUSE
    while True:
        try:
            return await in_database(function)(*args, **kwargs)
        except DatabaseAway:
            if loop.time() + pause > deadline:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)

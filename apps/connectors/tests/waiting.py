"""Waiting for what another process or thread does, without a fixed sleep."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from apps.accounts.tests.machine import PATIENCE_S


async def eventually(condition: Callable[[], bool | Awaitable[bool]], *, within: float = PATIENCE_S) -> None:
    """Return as soon as `condition` holds; TimeoutError when it does not `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            found = condition()
            if inspect.isawaitable(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)

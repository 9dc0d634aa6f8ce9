"""A socket that hears groups: Channels' consumer without a channel of its own in the layer.

Channels would subscribe every socket by a round trip, and refuse it while the layer is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.utils import await_many_dispatch

from apps.accounts.live import door
from apps.accounts.live.groups import Message


class LiveSocket(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels ships no types
    """Messages of the groups that it has joined come to `dispatch`, one after the other, among the client's."""

    def __init__(self) -> None:
        super().__init__()
        self.joined: set[str] = set()
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._waiting: list[Message] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one socket."""
        self.scope, self.base_send = scope, send
        door.use_loop(asyncio.get_running_loop())
        try:
            with suppress(StopConsumer):
                await await_many_dispatch([receive, self._next], self.dispatch)
        finally:
            self.leave_all()

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        # Channels' own dispatch closes old connections on a shared thread before every message; our pool does so.
        handler: Callable[[Any], Awaitable[None]] = getattr(self, get_handler_name(message))
        await handler(message)

    def join(self, group: str) -> None:
        self.joined.add(group)
        door.join(group, self._hear)

    def leave(self, group: str) -> None:
        self.joined.discard(group)
        door.leave(group, self._hear)

    def leave_all(self) -> None:
        for group in list(self.joined):
            self.leave(group)

    def _hear(self, message: Message) -> None:
        """What waits already is not put twice: it says "read", not what."""
        if message not in self._waiting:
            self._waiting.append(message)
            self._inbox.put_nowait(message)

    async def _next(self) -> Message:
        message = await self._inbox.get()
        self._waiting.remove(message)
        return message

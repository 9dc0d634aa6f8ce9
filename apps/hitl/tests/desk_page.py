"""An open page of the desk, and a shopper who listens, for tests of the desk's socket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from apps.accounts import live
from apps.accounts.models import User
from apps.accounts.tests.machine import PATIENCE_S
from apps.hitl.routing import websocket_urlpatterns

APPLICATION = URLRouter(websocket_urlpatterns)
ORIGIN = "http://testserver"


class Page:
    """An open desk page."""

    def __init__(self, socket: WebsocketCommunicator) -> None:
        self.socket = socket

    async def send(self, **frame: object) -> None:
        await self.socket.send_to(text_data=json.dumps(frame))

    async def next(self, kind: str) -> dict[str, Any]:
        """The next frame of `kind`; others are passed over. Fails after a while."""
        end = time.monotonic() + PATIENCE_S
        while True:
            text = await self.socket.receive_from(timeout=max(0.01, end - time.monotonic()))
            frame: dict[str, Any] = json.loads(text)
            if frame["type"] == kind:
                return frame

    async def state(self, **wanted: object) -> dict[str, Any]:
        """The next state of the conversation that has all that is `wanted`."""
        while True:
            frame = await self.next("conversation")
            if wanted.items() <= frame.items():
                return frame

    async def quiet(self) -> bool:
        nothing: bool = await self.socket.receive_nothing(timeout=0.2)
        return nothing


Open = Callable[[User], Awaitable[Page]]


def socket(key: str, origin: str = ORIGIN) -> WebsocketCommunicator:
    headers = [(b"host", b"testserver"), (b"origin", origin.encode())]
    if key:
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={key}".encode()))
    return WebsocketCommunicator(APPLICATION, "/ws/desk/", headers=headers)


def signed_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Listener:
    """A shopper's page, as far as nudges know it."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    @asynccontextmanager
    async def of(self, group: str) -> AsyncIterator[None]:
        live.join(group, self.heard.put_nowait)
        yield
        live.leave(group, self.heard.put_nowait)

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.heard.get(), PATIENCE_S)

    async def nothing(self) -> bool:
        await asyncio.sleep(0.2)
        return self.heard.empty()

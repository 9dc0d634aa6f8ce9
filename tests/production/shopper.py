"""A shopper's page, as the sockets of a production installation see it."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from apps.accounts.tests.machine import PATIENCE_S
from tests.stack import Stack, Web

Frame = dict[str, Any]


def public_key(stack: Stack) -> str:
    """The demo store's."""
    key: str = stack.ask(
        "__import__('apps.accounts.models', fromlist=['Store']).Store.objects.get(is_demo=True).public_key"
    )
    return key


class Page:
    """One socket. `token` and `seq` carry a conversation on to another page, also of another process."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self.token = ""
        self.seq = 0

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def say(self, text: str) -> str:
        """Send a message; returns its id."""
        client_id = uuid.uuid4().hex
        await self.send("message.send", id=client_id, text=text)
        return client_id

    async def hear(self, *kinds: str, within: float = PATIENCE_S, **fields: Any) -> Frame:
        """The next frame of these types whose fields are as given; those before it are kept in `frames`."""
        async with asyncio.timeout(within):
            while True:
                frame: Frame = json.loads(await self.socket.recv())
                self.frames.append(frame)
                self.seq = max(self.seq, frame.get("seq") or 0)
                self.token = frame.get("token") or self.token
                if frame["type"] in kinds and all(frame.get(name) == value for name, value in fields.items()):
                    return frame

    async def answer(self, text: str) -> Frame:
        """Ask, and return the assistant's stored message."""
        await self.say(text)
        while (frame := await self.hear("message"))["author"]["kind"] != "assistant":
            pass
        await self.hear("turn.end")
        return frame


@asynccontextmanager
async def page(web: Web, key: str, *, token: str = "", after: int = 0) -> AsyncIterator[Page]:
    """A page served by `web`; with a token it comes back to its conversation."""
    address = f"ws://localhost:{web.port}/ws/chat/{key}/"
    async with connect(address, origin=web.url) as socket:  # type: ignore[arg-type] # a plain str is an origin
        here = Page(socket)
        hello: Frame = {"v": 1, "after": after}
        if token:
            hello["token"] = token
        await here.send("hello", **hello)
        await here.hear("ready")
        yield here

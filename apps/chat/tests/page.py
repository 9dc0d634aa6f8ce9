"""A shopper's page, over a real WebSocket conversation with the consumer."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from apps.accounts.tests.machine import PATIENCE_S
from apps.chat.events import PROTOCOL_VERSION, SERVER_FRAME
from apps.chat.routing import websocket_urlpatterns

Frame = dict[str, Any]
SOCKETS = URLRouter(websocket_urlpatterns)
ORIGIN = "http://localhost:3000"


class Page:
    """Frames that were read but not asked for stay in `frames`, in order."""

    def __init__(
        self, public_key: str, *, origin: str | None = ORIGIN, client: tuple[str, int] | None = None
    ) -> None:
        headers = [(b"host", b"testserver")]
        if origin is not None:
            headers.append((b"origin", origin.encode("latin-1")))
        self.socket = WebsocketCommunicator(SOCKETS, f"/ws/chat/{public_key}/", headers=headers)
        self.socket.scope["client"] = client
        self.frames: list[Frame] = []
        self.token = ""
        self.session = uuid.UUID(int=0)

    async def open(self) -> bool:
        """Whether the handshake is accepted."""
        accepted, _ = await self.socket.connect(timeout=PATIENCE_S)
        return bool(accepted)

    async def close(self) -> None:
        try:
            await self.socket.disconnect(timeout=PATIENCE_S)
        except asyncio.CancelledError as error:  # pytest would leave its teardown there, and fail what follows
            raise AssertionError("the socket was given up in mid-test") from error

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send_json_to({"type": kind, **fields})

    async def send_raw(self, *, text: str | None = None, data: bytes | None = None) -> None:
        frame: dict[str, Any] = {"type": "websocket.receive"}
        await self.socket.send_input({**frame, "text": text} if text is not None else {**frame, "bytes": data})

    async def read(self) -> Frame:
        """The next frame, which must be one that the protocol knows."""
        frame: Frame = json.loads(await self.socket.receive_from(timeout=PATIENCE_S))
        SERVER_FRAME.validate_python(frame)
        self.frames.append(frame)
        return frame

    async def until(self, kind: str, **fields: Any) -> Frame:
        """Read until a frame of this type with these fields."""
        while True:
            frame = await self.read()
            if frame["type"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                return frame

    async def silent(self) -> bool:
        """Whether nothing comes for a moment."""
        return bool(await self.socket.receive_nothing(timeout=0.15, interval=0.01))

    async def hello(self, *, token: str | None = None, after: int = 0) -> Frame:
        fields = {"token": token} if token is not None else {}
        await self.send("hello", v=PROTOCOL_VERSION, after=after, **fields)
        ready = await self.until("ready")
        self.token = ready["token"]
        self.session = uuid.UUID(ready["session"])
        return ready

    async def say(self, text: str, message_id: str | None = None) -> str:
        """Send a message; returns its id."""
        message_id = message_id or uuid.uuid4().hex
        await self.send("message.send", id=message_id, text=text)
        return message_id

    async def refused(self) -> Frame:
        """The error frame that comes next."""
        return await self.until("error")

    def text_of(self, turn: str) -> str:
        """What was streamed of a turn."""
        deltas = (frame for frame in self.frames if frame["type"] == "message.delta" and frame["turn"] == turn)
        return "".join(frame["text"] for frame in deltas)

    def of(self, kind: str) -> list[Frame]:
        return [frame for frame in self.frames if frame["type"] == kind]

"""A worker's health port: `GET /healthz` answers 200 while work is taken, 503 with the reason while it is not."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

_WITHIN = 5.0  # seconds for a request to arrive whole
_LONGEST = 8192  # bytes of a request


@dataclass
class Health:
    """`ok` while work is taken; `problem` says why it is not."""

    queue: str
    ok: bool = False
    server: str = ""
    problem: str = "Not connected yet."

    def working(self, server: str = "") -> None:
        self.ok, self.server, self.problem = True, server or self.server, ""

    def waits(self, problem: str) -> None:
        self.ok, self.problem = False, problem


@asynccontextmanager
async def health_port(health: Health, *, port: int, host: str = "0.0.0.0") -> AsyncIterator[int]:  # noqa: S104 - probes come from outside the container
    """Serve until the end of the block; yields the port, which is a free one when 0 was asked for."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_WITHIN):
                request = await reader.readuntil(b"\r\n\r\n")
                writer.write(_reply(request, health))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, host, port, limit=_LONGEST)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _reply(request: bytes, health: Health) -> bytes:
    found = request.split(b" ")[:2] == [b"GET", b"/healthz"]
    status = b"404 Not Found" if not found else b"200 OK" if health.ok else b"503 Service Unavailable"
    body = json.dumps(asdict(health)).encode() if found else b"{}"
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, len(body)) + body

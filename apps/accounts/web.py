"""Django's views under ASGI, on a fixed number of threads whose database connections stay open.

Django itself gives every request a thread of its own: as many connections as requests, each opened anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler


class Threads:
    """A request's work runs on one thread from its beginning to its end, the one that has least to do."""

    def __init__(self, count: int) -> None:
        self._threads = [ThreadPoolExecutor(1, thread_name_prefix=f"web-{number}") for number in range(count)]
        self._requests = [0] * count

    async def serve(self, handle: Callable[[], Awaitable[object]]) -> None:
        number = min(range(len(self._threads)), key=self._requests.__getitem__)
        self._requests[number] += 1
        try:
            async with ThreadSensitiveContext(executor=self._threads[number]):
                await handle()
        finally:
            self._requests[number] -= 1


class WebApplication(ASGIHandler):
    """Django over HTTP. It reads a whole body before it knows what for, so a body of anybody is bounded here."""

    def __init__(self) -> None:
        super().__init__()
        self._threads = Threads(settings.WEB_THREADS)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if _announced(scope) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            await _refuse(send)
            return
        await self._threads.serve(lambda: self.handle(scope, receive, send))

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        body = _Body(receive)
        await super().handle(scope, body.receive, send)
        if body.too_large:
            await _refuse(send)


def _announced(scope: Any) -> float:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    try:
        return int(value)
    except ValueError:  # also a number of thousands of digits
        return float("inf")


class _Body:
    """A body that grows too large, since it announced less or comes in chunks, ends as if its client had gone.

    Django then closes what it has.
    """

    def __init__(self, receive: Callable[[], Awaitable[Any]]) -> None:
        self._receive = receive
        self._left: int = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
        self.too_large = False

    async def receive(self) -> Any:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.too_large = True
            return {"type": "http.disconnect"}
        return message


async def _refuse(send: Any) -> None:
    """The connection ends: nobody reads the rest of the body."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"This is larger than anything that can be sent here."})

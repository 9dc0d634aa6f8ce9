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
    """Django over HTTP."""

    def __init__(self) -> None:
        super().__init__()
        self._threads = Threads(settings.WEB_THREADS)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._threads.serve(lambda: self.handle(scope, receive, send))

"""The outermost ASGI layer: ids for what comes in, and a line in the log for each request and socket."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from eaichat.logs import bind_ids, forget_ids

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_WELL_FORMED = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_SILENT = frozenset({"/healthz"})  # asked every few seconds
_CLIENT_LEFT = 499  # nginx's number for a client that did not wait for its answer


class AccessLog:
    """`believes_proxy`: a proxy of ours stands in front, so an X-Request-ID that comes in is its own."""

    def __init__(self, application: Application, *, believes_proxy: bool) -> None:
        self._application = application
        self._believes_proxy = believes_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        forget_ids()
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = self._request_id(scope)
        bind_ids(request=request_id)
        began, status = time.perf_counter(), _CLIENT_LEFT

        async def answer(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self._application(scope, receive, answer)
        except Exception:
            status = 500
            raise
        finally:
            if scope["path"] not in _SILENT:
                _tell("request", scope, began, method=scope["method"], status=status)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        bind_ids(connection=uuid.uuid4().hex)
        began, state = time.perf_counter(), "refused"

        async def answer(message: dict[str, Any]) -> None:
            nonlocal state
            if message["type"] == "websocket.accept":
                state = "ended"
            await send(message)

        try:
            await self._application(scope, receive, answer)
        finally:
            _tell("socket", scope, began, state=state)

    def _request_id(self, scope: Scope) -> str:
        given = [value for name, value in scope["headers"] if name == b"x-request-id"]
        if self._believes_proxy and len(given) == 1 and _WELL_FORMED.fullmatch(given[0]):
            return bytes(given[0]).decode()
        return uuid.uuid4().hex


def _tell(event: str, scope: Scope, began: float, **fields: object) -> None:
    """Never the query: it is where addresses carry words and tokens."""
    ms = round((time.perf_counter() - began) * 1000, 1)
    log.info(event, extra={"path": scope["path"], "ms": ms, **fields})

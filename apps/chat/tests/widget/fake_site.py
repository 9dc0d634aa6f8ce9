"""The pages around the fake chat server: a shop's page, the widget's script, the public configuration."""

from __future__ import annotations

import mimetypes
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from apps.chat import events

STORE = "pk_test"
ROOT = Path(__file__).resolve().parents[4]
WIDGET = ROOT / "static" / "widget" / "widget.js"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "require-trusted-types-for 'script'"
)


class FakeSite:
    """Answers HTTP on the socket's port. `pages`: path to source, for what a test puts there."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}

    def config(self) -> events.Config:
        """What the widget may know before a conversation."""
        raise NotImplementedError

    def http(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path == f"/ws/chat/{STORE}/":
            return None
        if path == "/widget.js":
            return self._answer("text/javascript", WIDGET.read_bytes())
        if path == f"/api/v1/chat/stores/{STORE}/config":
            return self._answer("application/json", self.config().model_dump_json().encode())
        if path in self.pages:
            kind = mimetypes.guess_type(path)[0] or "text/html"
            return self._answer(f"{kind}; charset=utf-8", self.pages[path].encode())
        file = ROOT / path.lstrip("/")
        if path.startswith("/static/") and file.is_file():
            return self._answer(
                mimetypes.guess_type(file.name)[0] or "application/octet-stream", file.read_bytes()
            )
        return Response(HTTPStatus.NOT_FOUND, "Not Found", Headers({"Content-Length": "0"}), b"")

    def _answer(self, kind: str, body: bytes) -> Response:
        headers = Headers(
            {
                "Content-Type": kind,
                "Content-Length": str(len(body)),
                "Content-Security-Policy": CONTENT_SECURITY_POLICY,
                "Cache-Control": "no-store",
            }
        )
        return Response(HTTPStatus.OK, "OK", headers, body)

"""A store platform on loopback for tests: real HTTP in the Fake Store API's shape, and every way to misbehave."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CATALOGUE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "catalogue.json").read_text())

Answer = Callable[[BaseHTTPRequestHandler], None]


class PlatformServer:
    """Serves `products`, `carts` and `users`; `answers[path]` overrides what a path does."""

    def __init__(self) -> None:
        self.products: list[Any] = copy.deepcopy(CATALOGUE)
        self.carts: dict[str, Any] = {
            "1001": {
                "id": 1001,
                "userId": 7,
                "date": "2026-11-02T09:30:00.000Z",
                "products": [{"productId": 1, "quantity": 2}, {"productId": 99, "quantity": 1}],
                "status": "shipped",
                "tracking": "NS123",
            },
            "1002": {"id": 1002, "userId": 8, "date": "2026-11-03T00:00:00", "products": []},
        }
        self.users: dict[str, Any] = {"7": {"id": 7, "email": "Mira@example.com"}}
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []  # path and headers, in order
        self.over = threading.Event()
        handler = type("Handler", (_Handler,), {"platform": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def find(self, path: str) -> Any:
        """What the Fake Store API answers; an unknown id is `None`, sent as 200 `null`."""
        match path.strip("/").split("/"):
            case ["products"]:
                return self.products
            case ["products", wanted]:
                return next((item for item in self.products if str(item["id"]) == wanted), None)
            case ["carts", number]:
                return self.carts.get(number)
            case ["users", number]:
                return self.users.get(number)
        return None


class _Handler(BaseHTTPRequestHandler):
    platform: PlatformServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.platform.requests.append((path, dict(self.headers.items())))
        answer = self.platform.answers.get(path)
        try:
            if answer is not None:
                answer(self)
            else:
                send(self, json.dumps(self.platform.find(path)).encode())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client gave up, which is what some tests want

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Tests need no access log."""


def send(
    request: BaseHTTPRequestHandler, body: bytes, *, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def body(data: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return lambda request: send(request, data, status=status, headers=headers)


def redirect(location: str) -> Answer:
    return body(b"", status=302, headers={"Location": location})


def drip(platform: PlatformServer, *, head: bool, every: float) -> Answer:
    """One byte at a time, of the head or of the body, for ever."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"X-Slow: " if head else b"\r\n"))
        while not platform.over.is_set():
            request.wfile.write(b"1")
            request.wfile.flush()
            time.sleep(every)
        request.close_connection = True

    return answer


def endless(platform: PlatformServer) -> Answer:
    """A list that never ends, as fast as it is read."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n[")
        while not platform.over.is_set():
            request.wfile.write(b"1," * 32_000)
        request.close_connection = True

    return answer

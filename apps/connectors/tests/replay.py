"""A platform on loopback that says again what a real one was heard to say, and misbehaves when it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

_OF_THE_CONNECTION = {"host", "connection", "content-length", "transfer-encoding", "content-encoding", "date"}


@dataclass(frozen=True)
class Asked:
    """A request; names of headers are in lower case. `at` is the moment, as `time.monotonic` tells it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Responder = Callable[[Asked], Said | None]  # None: this is for the next one


def said(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Said:
    """`content` as JSON."""
    kind = {"Content-Type": "application/json"}
    return Said(json.dumps(content).encode(), status, {**kind, **(headers or {})})


@dataclass(frozen=True)
class Exchange:
    """Answers one request. `query` and `body` None: whatever they are; a body is compared as JSON where it is."""

    method: str
    path: str
    answer: Said
    query: Mapping[str, str] | None = None
    body: Any = None

    def __call__(self, asked: Asked) -> Said | None:
        fits = (
            (asked.method, asked.path) == (self.method, self.path)
            and (self.query is None or dict(self.query) == dict(asked.query))
            and (self.body is None or self.body == _content(asked.body))
        )
        return self.answer if fits else None


def recorded(file: Path) -> Exchange:
    """An exchange as ../shared/data keeps it: {request, response}."""
    kept = json.loads(file.read_text())
    request, response = kept["request"], kept["response"]
    query = request.get("query") or {}
    content = json.dumps(response["json"]) if "json" in response else response["text"]
    headers = {
        name: value for name, value in response["headers"].items() if name.lower() not in _OF_THE_CONNECTION
    }
    return Exchange(
        method=request["method"],
        path=request["path"],
        query=dict(parse_qsl(query)) if isinstance(query, str) else {k: str(v) for k, v in query.items()},
        body=request.get("body"),
        answer=Said(content.encode(), response["status"], headers),
    )


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


class ReplayServer:
    """Serves what its responders say, the first that knows the request; others are 404 and kept in `unknown`."""

    def __init__(self, *responders: Responder) -> None:
        self.responders: list[Responder] = list(responders)
        self.requests: list[Asked] = []
        self.unknown: list[Asked] = []
        self.over = threading.Event()
        self._plans: list[_Plan] = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"replay": self})
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

    def spoil(self, trouble: Trouble, *, skip: int = 0, times: int = 1_000_000, path: str = "") -> None:
        """Let requests to `path`, to any when it is empty, meet `trouble`: so many, after the first `skip`."""
        self._plans.append(_Plan(trouble, path, skip, times))

    def take(self, asked: Asked) -> Trouble | Said:
        with self._lock:
            self.requests.append(asked)
            for plan in self._plans:
                if plan.path in ("", asked.path) and plan.is_due():
                    return plan.trouble
        for responder in self.responders:
            answer = responder(asked)
            if answer is not None:
                return answer
        self.unknown.append(asked)
        return said({"error": "nobody was heard to answer this"}, status=404)


class _Handler(BaseHTTPRequestHandler):
    replay: ReplayServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a body waits 40 ms for its head to be acknowledged

    def answer(self) -> None:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        asked = Asked(
            method=self.command,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            at=time.monotonic(),
        )
        answer = self.replay.take(asked)
        try:
            if isinstance(answer, Said):
                send(self, answer)
            else:
                answer(self, self.replay)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client gave up, which is what some tests want

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Tests need no access log."""


for _method in ("GET", "POST", "PUT", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler.answer)

Trouble = Callable[[BaseHTTPRequestHandler, ReplayServer], None]


@dataclass
class _Plan:
    trouble: Trouble
    path: str
    skip: int
    times: int

    def is_due(self) -> bool:
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return self.times >= 0


def send(request: BaseHTTPRequestHandler, answer: Said) -> None:
    request.send_response(answer.status)
    for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(answer.body)


def refuses(status: int, headers: Mapping[str, str] | None = None) -> Trouble:
    return lambda request, _: send(request, said({"message": "not now"}, status=status, headers=headers))


def talks_nonsense(body: bytes = b'[{"id": 1, "na') -> Trouble:
    return lambda request, _: send(request, Said(body))


def moved_to(address: str) -> Trouble:
    """Every path has moved to the same one below `address`."""

    def trouble(request: BaseHTTPRequestHandler, _: ReplayServer) -> None:
        send(request, Said(b"", 302, {"Location": f"{address}{request.path}"}))

    return trouble


def breaks_off(request: BaseHTTPRequestHandler, _: ReplayServer) -> None:
    """Announce more than is sent, and hang up."""
    request.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n[{"id": 1')
    request.close_connection = True


def drips(request: BaseHTTPRequestHandler, replay: ReplayServer) -> None:
    """One byte at a time, for ever."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not replay.over.wait(0.05):
        request.wfile.write(b"1")
        request.wfile.flush()
    request.close_connection = True


def ids(found: Sequence[Sequence[Any]]) -> list[str]:
    """The ids of pages of products, in order."""
    return [product.product_id for page in found for product in page]

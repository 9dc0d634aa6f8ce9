"""A local HTTP server that speaks chat.completions, so that providers are tested over real sockets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Status:
    """Refuse with an HTTP status and the vendor's error body."""

    code: int
    message: str = "nope"


@dataclass(frozen=True)
class Reply:
    """Stream text in these pieces, then these tool calls as (id, name, arguments in pieces)."""

    text: tuple[str, ...] = ()
    calls: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    finish: str | None = None


@dataclass(frozen=True)
class Raw:
    """Answer 200 with this body as it is, e.g. a web page at the wrong address."""

    body: str
    content_type: str = "text/html"


@dataclass(frozen=True)
class Endless:
    """Stream words until the client goes away."""


@dataclass(frozen=True)
class Held:
    """Stream the first piece, and the others when `go_on` is set."""

    text: tuple[str, ...]
    go_on: threading.Event


@dataclass(frozen=True)
class Cut:
    """Stream these pieces, then close the connection in mid-answer."""

    text: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stumble:
    """Stream these pieces, then an error object in the stream."""

    text: tuple[str, ...] = ()


Answer = Status | Reply | Raw | Endless | Held | Cut | Stumble


@dataclass
class FakeServer:
    """`answers` are used up in order; `requests` are what arrived, `keys` their Authorization headers."""

    base_url: str = ""
    answers: list[Answer] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    client_left: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: FakeServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Quiet: tests read `requests` instead."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.fake.requests.append(body)
        self.fake.keys.append(self.headers.get("Authorization", ""))
        answer = self.fake.answers.pop(0) if self.fake.answers else Status(500, "no answer was prepared")
        if self.path != "/v1/chat/completions":
            answer = Status(404, f"unknown path {self.path}")
        try:
            self._answer(answer, body)
        except (BrokenPipeError, ConnectionResetError):
            self.fake.client_left.set()
            self.close_connection = True

    def _answer(self, answer: Answer, body: dict[str, Any]) -> None:
        match answer:
            case Status(code, message):
                self._whole(code, json.dumps({"error": {"message": message, "type": "x"}}), "application/json")
            case Raw(text, content_type):
                self._whole(200, text, content_type)
            case Endless():
                self._start()
                while True:
                    self._chunk({"content": "word "})
                    self.fake.client_left.wait(0.005)
            case Held(text, go_on):
                self._start()
                for number, piece in enumerate(text):
                    if number:
                        go_on.wait(30)
                    self._chunk({"content": piece})
                self._chunk({}, finish="stop")
                self._send("data: [DONE]\n\n")
                self._end()
            case Cut(text):
                self._start()
                for piece in text:
                    self._chunk({"content": piece})
                self.close_connection = True
                self.connection.close()
            case Stumble(text):
                self._start()
                for piece in text:
                    self._chunk({"content": piece})
                self._send('data: {"error": {"message": "boom", "type": "server_error"}}\n\n')
                self._end()
            case Reply():
                self._reply(answer, body)

    def _reply(self, reply: Reply, body: dict[str, Any]) -> None:
        self._start()
        for piece in reply.text:
            self._chunk({"role": "assistant", "content": piece})
        for index, (call_id, name, pieces) in enumerate(reply.calls):
            function: dict[str, str] = {"name": name, "arguments": ""}
            self._chunk(
                {"tool_calls": [{"index": index, "id": call_id, "type": "function", "function": function}]}
            )
            for piece in pieces:
                self._chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        self._chunk({}, finish=reply.finish or ("tool_calls" if reply.calls else "stop"))
        if body.get("stream_options", {}).get("include_usage"):
            usage = {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13}
            self._event({"choices": [], "usage": usage})
        self._send("data: [DONE]\n\n")
        self._end()

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> None:
        self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def _event(self, fields: dict[str, Any]) -> None:
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "fake", **fields}
        self._send(f"data: {json.dumps(chunk)}\n\n")

    def _start(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _send(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def _whole(self, status: int, text: str, content_type: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def serve() -> Iterator[FakeServer]:
    """A server on a free loopback port for as long as the block lasts."""
    fake = FakeServer()
    handler = type("Handler", (_Handler,), {"fake": fake})
    with _Server(("127.0.0.1", 0), handler) as server:
        fake.base_url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()

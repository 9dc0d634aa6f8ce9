"""A store's server for pictures on loopback, and every way in which one can misbehave."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from apps.catalog.tests.tiny_clip import COLOURS


def encoded(colour: str, *, kind: str = "PNG", size: tuple[int, int] = (320, 240), **options: Any) -> bytes:
    """A plain picture in one of the known colours, as a file."""
    file = io.BytesIO()
    Image.new("RGB", size, COLOURS[colour]).save(file, kind, **options)
    return file.getvalue()


class PictureServer:
    """Serves `files[path]`; `answers[path]` overrides what a path does. `asked` are the paths, in order."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[str] = []
        self.over = threading.Event()
        handler = type("Handler", (_Handler,), {"pictures": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    pictures: PictureServer

    def do_GET(self) -> None:
        self.pictures.asked.append(self.path)
        answer = self.pictures.answers.get(self.path)
        if answer is not None:
            answer(self)
            return
        data = self.pictures.files.get(self.path)
        self.send_response(200 if data is not None else 404)
        self.send_header("Content-Type", "text/plain")  # nobody believes it
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *_: object) -> None:
        """Quiet."""

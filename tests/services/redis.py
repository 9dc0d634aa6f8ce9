"""Redis of this machine, as a server of its own."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Sequence

from tests.services.server import LocalServer, ServiceMissing


class Redis(LocalServer):
    """Nothing is kept on disk: what eaichat puts there may be lost at any time."""

    name = "redis"

    @property
    def url(self) -> str:
        return f"redis://{self.address}/0"

    def command(self) -> Sequence[str]:
        program = shutil.which("redis-server")
        if program is None:
            raise ServiceMissing("Redis is not installed. On Debian or Ubuntu: sudo apt install redis-server")
        return [
            program,
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--dir",
            str(self.folder),
            "--save",
            "",
            "--appendonly",
            "no",
        ]

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

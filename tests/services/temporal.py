"""Temporal's dev server, as a server of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from eaichat.management.temporal_binary import find
from eaichat.temporal import TemporalError, connect
from tests.services.server import LocalServer, ServiceMissing


class Temporal(LocalServer):
    """Open workflows go on when it is killed and started again. Its `url` is host:port."""

    name = "temporal"

    def __init__(self, folder: Path, *, port: int = 0, program: Path | None = None) -> None:
        super().__init__(folder, port=port)
        self._program = program

    @property
    def url(self) -> str:
        return self.address

    def command(self) -> Sequence[str]:
        if self._program is None:  # once, so that a running loop may start it again
            self._program = asyncio.run(find(settings.CACHE_DIR))
        if self._program is None:
            raise ServiceMissing("No Temporal program here: run `manage.py fetch_temporal` first.")
        return [
            str(self._program),
            "server",
            "start-dev",
            "--headless",
            "--ip",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--db-filename",
            str(self.folder / "temporal.db"),
            "--log-level",
            "error",
        ]

    def answers(self) -> bool:
        try:
            asyncio.run(connect(self.address))
        except TemporalError:
            return False
        return True

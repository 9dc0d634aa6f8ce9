"""Temporal for every room's tests (a pytest plugin, named in /conftest.py)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from apps.accounts.tests.machine import missing
from eaichat.management.temporal_binary import find
from eaichat.temporal import TemporalError, connect

_LAUNCHER = Path(__file__).parents[1] / "die_with_parent.py"


class DevServer:
    """A real Temporal dev server that tests may kill and start again on the same state file."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-S", "-E", str(_LAUNCHER), str(os.getpid()), str(self._program), "server"]
        command += ["start-dev", "--headless", "--ip", "127.0.0.1", "--port", self.address.rpartition(":")[2]]
        command += ["--db-filename", str(self._folder / "temporal.db"), "--log-level", "error"]
        with (self._folder / "temporal.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - our own command
        deadline = time.monotonic() + 30
        while not asyncio.run(_answers(self.address)):
            assert self._process.poll() is None, (self._folder / "temporal.log").read_text()
            assert time.monotonic() < deadline, "the dev server does not answer"
            time.sleep(0.05)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()


async def _answers(address: str) -> bool:
    with contextlib.suppress(TemporalError):
        await connect(address)
        return True
    return False


@pytest.fixture(scope="session")
def temporal_program() -> Iterator[Path]:
    """The Temporal CLI of this machine. `manage.py fetch_temporal`, which `make test` calls, provides it."""
    program = asyncio.run(find(settings.CACHE_DIR))
    if program is None:
        missing("No Temporal program here: run `manage.py fetch_temporal` first.")
    yield program
    time.sleep(0.2)  # the SDK's threads must be quiet before the interpreter ends


@pytest.fixture(scope="session")
def temporal(temporal_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """A running dev server, one for all tests: use workflow ids and task queues of your own. Do not kill it."""
    server = DevServer(temporal_program, tmp_path_factory.mktemp("temporal"))
    server.start()
    yield server
    server.kill(signal.SIGTERM)


@pytest.fixture
def own_temporal(temporal_program: Path, tmp_path: Path) -> Iterator[DevServer]:
    """A dev server that was not started yet, for tests that kill it."""
    server = DevServer(temporal_program, tmp_path)
    yield server
    server.kill()

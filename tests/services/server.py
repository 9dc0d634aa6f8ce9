"""A server program of this machine, run for a test or a developer: free port, folder of its own, stopped by id."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
_LAUNCHER = ROOT / "eaichat" / "management" / "die_with_parent.py"


class ServiceMissing(Exception):  # noqa: N818 - it names what is the case, as the standard library's do
    """The machine lacks a server's program; the text says what to install."""


def usual_port(port: int) -> int:
    """`port` when it is free, else another one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that has just ended is no obstacle
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return free_port()
    return port


class LocalServer(ABC):
    """One server process on loopback. It keeps its port and its data over `stop`, `kill` and the next `start`.

    It dies with the process that started it, and is only ever signalled by its process id.
    """

    name = ""

    def __init__(
        self, folder: Path, *, port: int = 0, name: str = "", environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name or self.name
        self.folder = folder
        self.environment = environment
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.log = folder / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """What a client is configured with."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The program and its arguments; prepares the folder at the first call. Raises ServiceMissing."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it serves clients now."""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *, within: float = 60) -> float:
        """Start it and wait until it answers. Returns the seconds that took."""
        began = time.monotonic()
        self.launch()
        self.wait(within=within)
        return time.monotonic() - began

    def launch(self) -> None:
        """Start it, and do not wait. Not in a passing thread: the kernel ends the server together with it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-S", "-E", str(_LAUNCHER), str(os.getpid()), *self.command()]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def come_back(self) -> None:
        """Start it from a running loop, and wait until it answers."""
        self.launch()
        await asyncio.to_thread(self.wait)

    def wait(self, *, within: float = 60) -> None:
        """Wait until it answers."""
        assert self._process is not None
        began = time.monotonic()
        while not self.answers():
            if self._process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self._process.returncode}:\n{self._tail()}")
            if time.monotonic() - began > within:
                raise RuntimeError(f"{self.name} does not answer within {within:g} s:\n{self._tail()}")
            time.sleep(0.05)

    def stop(self, *, within: float = 30) -> None:
        """End it as an operator would."""
        self.ask_to_stop()
        self.wait_for_end(within=within)

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def wait_for_end(self, *, within: float = 30) -> None:
        """Wait until it has ended; kill it when it has not within so many seconds."""
        if self._process is None:
            return
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Leave its connections open and answer nothing, until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

"""The Temporal dev server as a child of ours: prepared, started, watched, started again when it dies.

Its state lies in one file, so whatever was open when it was killed goes on when it is back. Only one process of an
installation runs it (a lock in its folder); the others read its address from the same folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from eaichat.management import children
from eaichat.management.temporal_binary import ProvisioningError, provide
from eaichat.temporal import TemporalError, connect
from eaichat.temporal_state import ServerState, State, read_address, write_address, write_state

logger = logging.getLogger(__name__)

_STARTUP = 30.0  # seconds until a started server must answer
_TRY_AGAIN = 60.0  # seconds after which preparing or starting that failed is tried again
_QUICK_DEATH = 5.0  # a server that lived shorter than this has a problem that a restart alone does not solve
_QUIET = 0.2  # seconds between two reports of progress


class TemporalServer:
    """Keeps a dev server running. `folder` holds its data, lock, address and state; `cache` its program."""

    def __init__(self, *, folder: Path, cache: Path, log: Path) -> None:
        self._folder = folder
        self._cache = cache
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._said_at = 0.0
        self._quick_deaths = 0

    def address(self) -> str | None:
        """Where the server was last started (host:port): what `run_worker` takes."""
        return read_address(self._folder)

    @property
    def pid(self) -> int | None:
        """The process id of the server while it runs under us."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def run(self, *, stop: asyncio.Event) -> None:
        """Work until `stop`; never raises for want of a server: the state file says what is wrong."""
        work = asyncio.create_task(self._keep_running())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, stopped):
                task.cancel()
            results = await asyncio.gather(work, stopped, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]

    async def _keep_running(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        async with _sole_owner(self._folder / "lock"):
            try:
                while True:
                    await self._once()
            finally:
                self._say("stopped", "The workflow server was stopped.")

    async def _once(self) -> None:
        """Prepare the program and run the server until it ends; pause when that was no use."""
        try:
            program = await provide(self._cache, report=self._preparing)
            lived = await self._serve(program)
        except ProvisioningError as error:
            problem, pause = str(error), _TRY_AGAIN
        except OSError as error:
            problem, pause = f"The workflow server cannot be started: {error}.", _TRY_AGAIN
        else:
            self._quick_deaths = 0 if lived > _QUICK_DEATH else self._quick_deaths + 1
            if self._quick_deaths < 2:
                logger.warning("The workflow server ended and is started again")
                return
            problem, pause = f"The workflow server ends at once: {_last_line(self._log)}", _QUICK_DEATH
        logger.warning("Workflows cannot run: %s", problem)
        self._say("failed", problem)
        await asyncio.sleep(pause)

    async def _serve(self, program: Path) -> float:
        """Run the server once, until it ends; returns how many seconds it served."""
        self._say("preparing", "Starting the workflow server")
        address = f"127.0.0.1:{_free_port(read_address(self._folder))}"
        with self._log.open("ab") as log:
            self._process = await self._spawn(program, address, log)
        try:
            if not await self._answers(self._process, address):
                return 0.0
            started = time.monotonic()
            write_address(self._folder, address)
            self._say("running", f"The workflow server answers at {address}.")
            await self._process.wait()
            return time.monotonic() - started
        finally:
            await children.stop(self._process)

    async def _spawn(self, program: Path, address: str, log: IO[bytes]) -> asyncio.subprocess.Process:
        host, _, port = address.partition(":")
        command = [str(program), "server", "start-dev", "--headless", "--ip", host, "--port", port]
        command += ["--db-filename", str(self._folder / "temporal.db"), "--log-level", "error"]
        return await children.spawn(command, stdout=log, stderr=log)

    async def _answers(self, process: asyncio.subprocess.Process, address: str) -> bool:
        """Wait until the server serves; False when it ended, or took longer than it may."""
        deadline = time.monotonic() + _STARTUP
        while process.returncode is None and time.monotonic() < deadline:
            with contextlib.suppress(TemporalError):
                await connect(address)
                return True
            await asyncio.sleep(0.1)
        return False

    def _preparing(self, detail: str, progress: float | None) -> None:
        now = time.monotonic()
        if now - self._said_at >= _QUIET:
            self._said_at = now
            write_state(self._folder, ServerState("preparing", detail, progress))

    def _say(self, state: State, detail: str) -> None:
        write_state(self._folder, ServerState(state, detail))


@contextlib.asynccontextmanager
async def _sole_owner(path: Path) -> AsyncIterator[None]:
    """Hold the lock at `path`; while another process holds it, that one runs the server and writes the state."""
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.5)
        yield


def _free_port(last: str | None) -> int:
    """The port of last time when it is free, so that clients find a restarted server again; else any."""
    wanted = int(last.rpartition(":")[2]) if last and last.rpartition(":")[2].isdigit() else 0
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError, OverflowError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"{lines[-1][:300]} (see {log})" if lines else f"see {log}"

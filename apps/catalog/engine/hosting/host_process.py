"""Starts an index host as a child of this process, and stops it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from apps.catalog.engine.errors import CatalogError

_ROOT = Path(__file__).resolve().parents[4]


class HostProcess:
    """A child that serves `directory`. `start` returns when it answers."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._child: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Start the child, also again after it died; does nothing while it runs.

        `CatalogError("index_locked")`: another host has the directory.
        """
        with self._lock:
            if self._child is not None and self._child.poll() is None:
                return
            said: list[str] = []
            started = threading.Event()
            threading.Thread(target=self._keep, args=(said, started), name="index-host", daemon=True).start()
            started.wait()
            if said[0] != "ready":
                _, _, rest = said[0].partition("failed ")
                code, _, text = rest.partition(" ")
                raise CatalogError(code or "index_failed", text or "The index host did not start.")

    def _keep(self, said: list[str], started: threading.Event) -> None:
        """Lives as long as the child: the kernel ends the child together with the thread that started it."""
        command = [sys.executable, "-m", "apps.catalog.engine.hosting.host", str(self.directory), str(os.getpid())]
        # A session of its own: Ctrl-C in the terminal reaches the parent alone, which stops the host last.
        try:
            child = subprocess.Popen(  # noqa: S603 - our own command
                command, cwd=_ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
            )
        except OSError as error:  # no memory or no process left: who waits in `start` must hear of it
            said.append(f"failed index_failed The index host cannot be started ({error}).")
            started.set()
            return
        with child:
            self._child = child
            assert child.stdout is not None  # noqa: S101 - it is a pipe
            said.append(child.stdout.readline().strip())
            started.set()
            child.wait()

    def stop(self) -> None:
        child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

"""The index host: the one process that holds Qdrant Edge, and serves it over a Unix socket.

Edge holds the GIL while it works and allows one process; here it can freeze nobody. The socket is 0600, and a
client proves that it can read the random key beside it. Run it by `manage.py index_host` or
`python -m apps.catalog.engine.hosting.host DIRECTORY [PARENT]`; it ends by SIGTERM or SIGINT, and with the process
that started it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

from apps.catalog.engine.adapters.edge import EdgeBackend
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.process import die_with_parent
from apps.catalog.engine.hosting.unclean import UncleanEnds
from apps.catalog.engine.hosting.wire import socket_path, write_key
from apps.catalog.engine.words.lexical import words

_METHODS = words(
    """ensure collections state drop set_aside alias aliases point_alias rename_alias drop_alias upsert set_payload
    replace_payload delete count retrieve scroll ordered facet vectors hybrid ping"""
)
# How long a new host waits for the old one, which may be writing its last pages.
_LOCK_WAIT_S = 3.0
# A signal that comes just after SIGCONT may reach another thread, and wakes nobody: the main one looks by itself.
_HEARTBEAT_S = 1.0
# Until accepting is tried again, where the system had nothing left for one more connection.
_RECOVERY_S = 0.05


class IndexHost:
    """Serves an index directory until `stop()`; one thread per connection."""

    def __init__(self, directory: Path) -> None:
        """Takes the directory's lock and opens the index. `CatalogError("index_locked")`: another host has it."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _take_lock(directory)
        self._unclean = UncleanEnds(directory)
        self._backend = EdgeBackend(directory, carefully=self._unclean.begin())
        path = socket_path(directory)
        path.unlink(missing_ok=True)  # of a host that was killed: the lock is ours, so nobody serves it
        self._key = write_key(directory)
        mask = os.umask(0o177)
        try:
            self._listener = Listener(str(path), family="AF_UNIX", backlog=64)
        finally:
            os.umask(mask)
        self._stopping = threading.Event()
        self._accepting = threading.Thread(target=self._accept, name="accept", daemon=True)

    def serve(self, ready: Callable[[], None] | None = None) -> None:
        """Answers until `stop()` is called; then everything is on disk."""
        self._accepting.start()
        if ready is not None:
            ready()
        while not self._stopping.wait(_HEARTBEAT_S):
            pass
        self._listener.close()
        self._backend.close()
        self._unclean.end()
        self._lock.close()

    def stop(self) -> None:
        self._stopping.set()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection = self._listener.accept()
            except OSError:  # the listener was closed, the client has gone, or no file may be opened just now
                self._stopping.wait(_RECOVERY_S)
                continue
            try:
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()
            except RuntimeError:  # the system starts no thread just now: this client asks again
                connection.close()

    def _answer(self, connection: Connection) -> None:
        from multiprocessing.connection import answer_challenge, deliver_challenge

        with connection:
            try:
                # In this thread and not in accept(): a client that says nothing blocks nobody else.
                deliver_challenge(connection, self._key)
                answer_challenge(connection, self._key)
                while not self._stopping.is_set():
                    method, arguments, named = connection.recv()
                    connection.send(self._run(method, arguments, named))
            except (OSError, EOFError, AuthenticationError):
                return  # the client is gone, or is none of ours

    def _run(self, method: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[bool, Any]:
        if method not in _METHODS:
            return False, CatalogError("index_failed", f"The index host knows no {method}.")
        try:
            return True, getattr(self._backend, method)(*arguments, **named)
        except CatalogError as error:
            return False, error
        except Exception as error:
            # Another process cannot be sent any exception, and must not lose the host over one.
            return False, CatalogError("index_failed", f"{method}: {type(error).__name__}: {error}")


def _take_lock(directory: Path) -> Any:
    file = (directory / "lock").open("w")
    deadline = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() > deadline:
                file.close()
                text = f"Another index host holds {directory}. Stop the eaichat that runs there, then try again."
                raise CatalogError("index_locked", text, retryable=True) from None
            time.sleep(0.05)
        else:
            return file


def run(directory: Path, ready: Callable[[], None] | None = None, *, parent: int | None = None) -> None:
    """Serves in this process until a signal says stop. Call it in the main thread."""
    die_with_parent(parent=parent)
    host = IndexHost(directory)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: host.stop())
    host.serve(ready)


def main() -> int:
    try:
        ready = partial(print, "ready", flush=True)  # the parent waits for it
        run(Path(sys.argv[1]), ready, parent=int(sys.argv[2]) if sys.argv[2:] else None)
    except CatalogError as error:
        print(f"failed {error.code} {error.text}", flush=True)  # noqa: T201 - the parent reads why
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

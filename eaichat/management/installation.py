"""The embedded installation on disk: free, readable, ours? Each refusal is one line that says what to do."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from eaichat.databases import REFUSED, unusable

log = logging.getLogger(__name__)


class InstallationError(Exception):
    """The installation cannot start; the text says why and what to do."""


class InstallationLock:
    """Held while `manage.py up` runs on a data directory, so that a second one says so instead of fighting."""

    def __init__(self, var: Path) -> None:
        self._path = var / "up.lock"

    def __enter__(self) -> InstallationLock:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise InstallationError(
                f"eaichat already runs on {self._path.parent} (process {holder}): "
                "stop it first, or set EAICHAT_VAR to another directory."
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def check_port(host: str, port: int, *, choice: str) -> None:
    """Refuse a port that somebody listens on or that we may not use. `choice` is how to write another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise InstallationError(
                    f"Port {port} is busy: stop the program that uses it, or choose another: {choice}{port + 1}"
                ) from error
            raise InstallationError(
                f"Port {port} cannot be used ({error.strerror}): choose another, e.g. {choice}8000"
            ) from error
        except OverflowError as error:
            raise InstallationError(f"{port} is no port: choose one from 1024 to 65535.") from error


def check_migrations() -> None:
    """Refuse a database that lacks tables of this version. One that is away may come back: it is not judged."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        if error.args and error.args[0] in REFUSED:
            raise InstallationError(unusable(error)) from error
        log.warning("The database does not answer yet: its tables were not looked for (%s)", error)
        return
    if missing:
        raise InstallationError(
            f"The database lacks {len(missing)} migrations of this version: run `manage.py migrate` first."
        )


def check_sqlite(path: Path) -> None:
    """Refuse a database file that is damaged, locked away or not SQLite at all."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise InstallationError(
            f"The database {path} cannot be read ({error}): restore it from a backup, check its permissions, "
            "or start afresh with `make reset`."
        ) from error

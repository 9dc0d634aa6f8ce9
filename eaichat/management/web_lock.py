"""Several web processes need Redis: without it each has its own channel layer and limits, and pages miss news.

Each web process says so with a lock that ends with it: shared with Redis, alone without. With SQLite it is a file
beside the database, with MySQL a named lock of the server, so that other hosts see it too.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from eaichat.management.installation import InstallationError

log = logging.getLogger(__name__)

_PLACES = 64  # web processes with Redis that can be told from each other; more need no name
_PULSE = 60.0  # seconds between two signs of life; after three the server gives up on us and frees the lock

_REFUSAL = (
    "Another web process already works on this database, and {who} has no REDIS_URL: their pages would not hear "
    "of each other. Set REDIS_URL=redis://host:6379/0 for all of them, or stop the other."
)


class WebLock:
    """Held while a web process serves. Raises InstallationError when it may not."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None
        self._over = threading.Event()
        self._pulse: threading.Thread | None = None

    def __enter__(self) -> WebLock:
        if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            self._lock_file(Path(settings.DATABASES["default"]["NAME"]))
        else:
            self._lock_name()
        return self

    def __exit__(self, *details: object) -> None:
        self._over.set()
        if self._pulse is not None:
            self._pulse.join()
        if self._file is not None:
            self._file.close()

    def _lock_file(self, database: Path) -> None:
        try:
            self._file = database.with_name(f"{database.name}.web.lock").open("a")
        except OSError as error:
            raise InstallationError(
                f"{database} cannot be used ({error.strerror}): check DATABASE_URL."
            ) from error
        kind = fcntl.LOCK_SH if settings.REDIS_URL else fcntl.LOCK_EX
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise InstallationError(_refusal()) from None

    def _lock_name(self) -> None:
        connection = connections.create_connection("default")
        connection.inc_thread_sharing()  # the thread below goes on with it
        try:
            if not self._take(connection):
                connection.close()
                raise InstallationError(_refusal())
        except DatabaseError as error:
            log.warning("The database does not answer yet: other web processes were not looked for (%s)", error)
        self._pulse = threading.Thread(target=self._beat, args=(connection,), name="web-lock", daemon=True)
        self._pulse.start()

    def _take(self, connection: BaseDatabaseWrapper) -> bool:
        """Whether we may serve. Names are the server's, so ours carry the database's."""
        name = f"eaichat.{settings.DATABASES['default']['NAME']}"[:40]
        alone, places = f"{name}.alone", [f"{name}.{place}" for place in range(_PLACES)]
        with connection.cursor() as cursor:

            def ask(question: str, *names: str) -> object:
                cursor.execute(question, names)
                return cursor.fetchone()[0]

            cursor.execute("SET SESSION wait_timeout = %s", [int(_PULSE * 3)])
            if settings.REDIS_URL:
                any(ask("SELECT GET_LOCK(%s, 0)", place) for place in places)
                return ask("SELECT IS_USED_LOCK(%s)", alone) is None
            if not ask("SELECT GET_LOCK(%s, 0)", alone):
                return False
            return all(ask("SELECT IS_USED_LOCK(%s)", place) is None for place in places)

    def _beat(self, connection: BaseDatabaseWrapper) -> None:
        """Keep the lock, and take it again after the server was away."""
        while not self._over.wait(_PULSE):
            try:
                if connection.connection is None or not connection.is_usable():
                    connection.close()
                    if not self._take(connection):
                        log.error("Another web process has come meanwhile, and one of the two has no REDIS_URL")
            except DatabaseError:
                connection.close()  # it is away; everything else says so
        connection.close()


def _refusal() -> str:
    return _REFUSAL.format(who="it" if settings.REDIS_URL else "this one")

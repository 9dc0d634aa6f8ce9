"""Database work from async code: one fixed pool of threads whose connections stay open, and heal.

A connection that died while it was idle is found by Django's health check before it is used; one that was used a
moment ago is taken as it is, since a turn comes here four times. What dies in mid-transaction, or loses a race for
locks, is rolled back by the database and run again: `healed` is the only layer that retries.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Literal, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction

P = ParamSpec("P")
T = TypeVar("T")
Trouble = Literal["database_away", "database_busy"]

POOL = ThreadPoolExecutor(max_workers=settings.DATABASE_THREADS, thread_name_prefix="database")

# Errors of MySQL and MariaDB after which nothing of the transaction is left, and another connection may do.
_AWAY = frozenset(
    {
        0,  # the driver: this connection is closed
        1040,  # too many connections
        1053,  # the server is shutting down
        1077,  # the same
        1158,  # the network broke, in four words
        1159,
        1160,
        1161,
        1203,  # this user has too many connections
        1290,  # read only: the primary has become a replica
        1317,  # the query was killed
        1836,  # read only
        1927,  # the connection was killed
        2002,  # nobody listens there
        2003,
        2005,  # the host has no address now
        2006,  # the server has gone away
        2013,  # lost in the middle of a query
        2055,
        4031,  # MySQL 8: it was idle for too long
    }
)
_BUSY = frozenset({1020, 1205, 1213})  # changed meanwhile, a lock waited for in vain, a deadlock
_SQLITE_BUSY = frozenset({5, 6})
_TRIES = {"database_away": 2, "database_busy": 6}
_PATIENCE = 15.0  # seconds after which a lost race is not run again
_FRESH = 1.0  # seconds for which a connection that worked needs no health check


class DatabaseAway(OperationalError):  # noqa: N818 - it says what is the case
    """The database does not answer, or not in time. What was asked of it is not done, or may be asked again.

    Codes: `database_away` (also a fresh connection did not help), `database_busy` (every try lost its locks).
    """

    retryable = True

    def __init__(self, code: Trouble) -> None:
        super().__init__(code)
        self.code = code


def trouble_of(error: Exception) -> Trouble | None:
    """What a database error says about the database; None: the statement is wrong, and would be again."""
    if isinstance(error, DatabaseAway):
        return error.code
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    sqlite = getattr(error.__cause__, "sqlite_errorcode", None)
    if sqlite is not None:
        return "database_busy" if sqlite & 0xFF in _SQLITE_BUSY else None
    number = error.args[0] if error.args else None
    if number in _BUSY:
        return "database_busy"
    return "database_away" if number in _AWAY else None


class _Here(threading.local):
    healing = False
    worked_at = float("-inf")


_here = _Here()


def healed(function: Callable[P, T]) -> Callable[P, T]:
    """Run `function` again when its connection is lost (once) or it loses a race for locks (a few times).

    `function` must be harmless to repeat as a whole: reads, or one transaction that finds what it did before by an
    id of the caller's, since a connection may break after the commit and before its answer. Inside a transaction,
    or inside another `healed`, it runs once: the outermost one repeats everything. Raises `DatabaseAway`.
    """

    @wraps(function)
    def work(*args: P.args, **kwargs: P.kwargs) -> T:
        if _here.healing or connection.in_atomic_block:
            return function(*args, **kwargs)
        _here.healing = True
        left = dict(_TRIES)
        deadline = time.monotonic() + _PATIENCE
        try:
            while True:
                try:
                    return function(*args, **kwargs)
                except DatabaseAway:
                    raise
                except (OperationalError, InterfaceError) as error:
                    close_old_connections()  # drops the broken one
                    trouble = trouble_of(error)
                    if trouble is None:
                        raise
                    left[trouble] -= 1
                    if not left[trouble] or time.monotonic() > deadline:
                        raise DatabaseAway(trouble) from error
                if trouble == "database_busy":
                    time.sleep(random.uniform(0.001, 0.05))  # noqa: S311 - so that two losers do not meet again
        finally:
            _here.healing = False

    return work


def one_transaction(function: Callable[P, T]) -> Callable[P, T]:
    """Run `function` in a transaction, again when it was rolled back by a deadlock or a lost connection.

    For what a person does on a page: it reads what it changes from the database, not off its arguments, which may
    stem from an earlier try. A commit whose answer was lost is not repeated, since it may have been made.
    """

    @wraps(function)
    def once(*args: P.args, **kwargs: P.kwargs) -> T:
        committing = False
        try:
            with transaction.atomic():
                result = function(*args, **kwargs)
                committing = True
        except (OperationalError, InterfaceError) as error:
            if committing and trouble_of(error) == "database_away":
                raise DatabaseAway("database_away") from error
            raise
        return result

    return healed(once)


def in_database(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Make `function` (plain ORM code, `healed`) awaitable on the pool. Raises `DatabaseAway`.

    Django's own thread handling opens a connection for every call, which costs half of a turn's time; the pool's
    threads keep theirs.
    """
    return on_threads(POOL, function)


def on_threads(pool: ThreadPoolExecutor, function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """The same on threads of the caller's own, for what must not wait behind others' work."""
    repeated = healed(function)

    def work(*args: P.args, **kwargs: P.kwargs) -> T:
        if time.monotonic() - _here.worked_at > _FRESH:
            close_old_connections()
        _here.worked_at = float("-inf")  # until this has gone well too
        result = repeated(*args, **kwargs)
        _here.worked_at = time.monotonic()
        return result

    return sync_to_async(work, thread_sensitive=False, executor=pool)

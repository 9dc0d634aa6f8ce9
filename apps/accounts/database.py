"""Database work from async code: one fixed pool of threads whose connections stay open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")

POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database")


def in_database(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Make `function` (plain ORM code) awaitable on the pool.

    Django's own thread handling opens a connection for every call, which costs half of a turn's time; the pool's
    threads keep theirs, and a broken one is dropped before the next use.
    """

    def work(*args: P.args, **kwargs: P.kwargs) -> T:
        close_old_connections()
        return function(*args, **kwargs)

    return sync_to_async(work, thread_sensitive=False, executor=POOL)

"""Doing things at the same moment, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

from apps.accounts.tests.machine import PATIENCE_S

T = TypeVar("T")


def at_once(*calls: Callable[[], T]) -> Sequence[T | Exception]:
    """What each call returned or raised. All begin when all are connected."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Exception:
        connection.ensure_connection()
        start.wait(PATIENCE_S)
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def failures(results: Sequence[object]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]

"""What is read of a store and kept for a while, so that no shopper waits for it to be read again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from apps.catalog.engine.errors import CatalogError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[_T]):
    value: _T
    read_at: float


class KeptByStore(Generic[_T]):
    """What is no longer fresh still answers, and is read again behind the answer; what is too old is waited for.

    Each store is read once at a time, whoever asks meanwhile.
    """

    def __init__(
        self, read: Callable[[str], _T], *, fresh_s: float, usable_s: float = float("inf"), most: int
    ) -> None:
        """`most`: of so many stores something is kept. The one that was read longest ago makes room."""
        self._read = read
        self._fresh_s = fresh_s
        self._usable_s = usable_s
        self._most = most
        self._lock = threading.Lock()
        self._kept: dict[str, _Entry[_T]] = {}  # in the order in which they were read
        self._readings: dict[str, Future[_T]] = {}

    def of(self, store_id: str) -> _T:
        kept = self._kept.get(store_id)
        age = time.monotonic() - kept.read_at if kept else 0.0
        if kept is None or age > self._usable_s:
            return self._reading(store_id, behind=False).result()
        if age > self._fresh_s:
            self._reading(store_id, behind=True)
        return kept.value

    def forget(self, store_id: str) -> None:
        """After a write. What is being read just now began before it, and is not kept."""
        with self._lock:
            self._kept.pop(store_id, None)
            self._readings.pop(store_id, None)

    def _reading(self, store_id: str, *, behind: bool) -> Future[_T]:
        """The reading that is under way, or a new one."""
        with self._lock:
            reading = self._readings.get(store_id)
            if reading is not None:
                return reading
            reading = self._readings[store_id] = Future()
        if behind:
            work = (store_id, reading)
            thread = threading.Thread(target=self._finish_quietly, args=work, name="read-store", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system starts no thread just now, and others may wait for this reading
                self._finish_quietly(store_id, reading)
        else:
            self._finish(store_id, reading)
        return reading

    def _finish(self, store_id: str, reading: Future[_T]) -> None:
        began = time.monotonic()
        try:
            value = self._read(store_id)
        except BaseException as error:
            self._end(store_id, reading)
            reading.set_exception(error)
            return
        self._end(store_id, reading, _Entry(value, began))
        reading.set_result(value)

    def _end(self, store_id: str, reading: Future[_T], entry: _Entry[_T] | None = None) -> None:
        with self._lock:
            if self._readings.get(store_id) is not reading:
                return  # the store was forgotten meanwhile
            del self._readings[store_id]
            if entry is not None:
                self._kept.pop(store_id, None)
                self._kept[store_id] = entry
                if len(self._kept) > self._most:
                    del self._kept[next(iter(self._kept))]

    def _finish_quietly(self, store_id: str, reading: Future[_T]) -> None:
        self._finish(store_id, reading)
        error = reading.exception()
        if isinstance(error, CatalogError):
            _log.warning("What is known of a store could not be read again; the old stays: %s", error)
        elif error is not None:
            raise error

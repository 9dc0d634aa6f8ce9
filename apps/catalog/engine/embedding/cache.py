"""Vectors that were made before, on disk: what is known is not embedded again.

They outlive the index, so a shop that is synchronised again after its index was lost, rebuilt or cut off by a
crash costs no embedding, and neither does a text that two products or two stores share. It is SQLite, since
several processes embed: each write is whole or not there. A damaged file is thrown away, since all in it can be
made again.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from apps.catalog.engine.embedding.arrays import Vectors, to_bytes

_log = logging.getLogger(__name__)
_BUSY_S = 5.0
_ASK = 500  # keys of one statement
_FREED = 0.1  # how much goes at once when it is full, so that not every write has to make room
_DAY_S = 86_400
_SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = normal;
create table if not exists vectors (key blob primary key, vector blob not null, used integer not null);
create index if not exists vectors_used on vectors (used);
"""
_T = TypeVar("_T")


def key_of(model: str, content: bytes) -> bytes:
    """The same key: the same model would make the same vector of the same content."""
    return hashlib.blake2b(model.encode() + b"\0" + content, digest_size=16).digest()


class VectorCache:
    """At most `most_bytes` of one file; what was not used for longest goes first.

    It only saves work: where the file cannot be read or written, it knows nothing and says so in the log.
    """

    def __init__(self, file: Path, *, most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def get(self, keys: Sequence[bytes], *, size: int) -> dict[bytes, Vectors]:
        """The vectors of `size` numbers that are known."""
        return self._try(lambda database: _read(database, keys, size), {})

    def put(self, vectors: Mapping[bytes, Vectors]) -> None:
        self._try(lambda database: self._write(database, vectors), None)

    def close(self) -> None:
        with self._lock:
            self._forget()

    def _write(self, database: sqlite3.Connection, vectors: Mapping[bytes, Vectors]) -> None:
        rows = [(key, to_bytes(vector), _today()) for key, vector in vectors.items()]
        with database:
            database.executemany("insert or replace into vectors values (?, ?, ?)", rows)
            if _bytes(database) > self._most_bytes:
                database.execute(
                    "delete from vectors where key in (select key from vectors order by used, rowid limit"
                    " (select cast(count(*) * ? as integer) + 1 from vectors))",
                    (_FREED,),
                )

    # --- The file -------------------------------------------------------------------------------------
    def _try(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        with self._lock:
            for _ in range(2):
                try:
                    return work(self._open())
                except (sqlite3.OperationalError, OSError) as error:  # locked, full, not ours to write
                    _log.warning("The cache of vectors in %s cannot be used: %s", self._file, error)
                    self._forget()
                    return otherwise
                except sqlite3.DatabaseError as error:
                    _log.warning("The cache of vectors in %s is damaged and begins anew: %s", self._file, error)
                    self._forget()
                    for part in self._file.parent.glob(f"{self._file.name}*"):
                        part.unlink(missing_ok=True)
            return otherwise

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # The lock above lets one thread in at a time.
            database = sqlite3.connect(self._file, timeout=_BUSY_S, check_same_thread=False)
            self._database = database
            database.executescript(_SCHEMA)
        return self._database

    def _forget(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            database.close()


def _read(database: sqlite3.Connection, keys: Sequence[bytes], size: int) -> dict[bytes, Vectors]:
    found: dict[bytes, Vectors] = {}
    old: list[tuple[int, bytes]] = []
    today = _today()
    for start in range(0, len(keys), _ASK):
        asked = keys[start : start + _ASK]
        marks = ",".join("?" * len(asked))
        statement = f"select key, vector, used from vectors where key in ({marks})"  # noqa: S608 - only our own marks
        rows = database.execute(statement, asked)
        for key, vector, used in rows:
            if len(vector) == size * 4:
                found[key] = np.frombuffer(vector, dtype="<f4")
                if used != today:
                    old.append((today, key))
    if old:
        with database:
            database.executemany("update vectors set used = ? where key = ?", old)
    return found


def _bytes(database: sqlite3.Connection) -> int:
    """What the vectors take; pages that are free stay in the file and are filled again."""
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (int(database.execute(f"pragma {name}").fetchone()[0]) for name in names)
    return (pages - free) * size


def _today() -> int:
    """Used on which day: exact enough to forget by, and not a write for every read."""
    return int(time.time() // _DAY_S)

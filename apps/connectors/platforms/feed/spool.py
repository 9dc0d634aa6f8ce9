"""A feed's rows on disk while it is read: the later of two with one id counts, and variants come together."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE groups (no INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE rows (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, no INTEGER, texts TEXT);
    CREATE INDEX by_group ON rows (no, seq);
"""

Texts = dict[str, str]  # a row's texts by our names


class Group(NamedTuple):
    number: int
    name: str
    rows: list[Texts]


class Spool:
    """An SQLite file without a name, gone when it is closed: SQLite holds a few pages of it in memory."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(_TABLES)
        self._database.execute("BEGIN")

    def close(self) -> None:
        self._database.close()

    def add(self, row_id: str, texts: Texts, *, group: str) -> None:
        self._database.execute("INSERT INTO groups (name) VALUES (?) ON CONFLICT DO NOTHING", (group,))
        self._database.execute(
            "INSERT INTO rows (id, no, texts) SELECT ?, no, ? FROM groups WHERE name = ? "
            "ON CONFLICT (id) DO UPDATE SET no = excluded.no, texts = excluded.texts",
            (row_id, json.dumps(texts), group),
        )

    def count(self) -> int:
        """How many groups there are."""
        found: int = self._database.execute("SELECT COUNT(DISTINCT no) FROM rows").fetchone()[0]
        return found

    def groups(self, *, after: int = 0) -> Iterator[Group]:
        """The groups in the order in which the feed begins them; those behind number `after`."""
        found = self._database.execute(
            "SELECT rows.no, name, texts FROM rows JOIN groups USING (no) WHERE rows.no > ? ORDER BY rows.no, seq",
            (after,),
        )
        for (number, name), rows in groupby(found, key=itemgetter(0, 1)):
            yield Group(number, name, [json.loads(texts) for _, _, texts in rows])

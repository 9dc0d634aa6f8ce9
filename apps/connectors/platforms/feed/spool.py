"""A feed's rows on disk while it is read: the later of two with one id counts, and variants come together."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE groups (no INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE rows (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, no INTEGER, texts TEXT);
    CREATE INDEX by_group ON rows (no, seq);
"""

Texts = dict[str, str]  # a row's texts by our names


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

    def groups(self) -> Iterator[tuple[str, list[Texts]]]:
        """The rows of each group, in the order in which the feed begins them."""
        found = self._database.execute("SELECT name, texts FROM rows JOIN groups USING (no) ORDER BY rows.no, seq")
        for name, rows in groupby(found, key=itemgetter(0)):
            yield name, [json.loads(texts) for _, texts in rows]

"""Breaking connections of MySQL or MariaDB on purpose, as an operator's KILL or a restart does."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

Moment = Literal["before the commit", "after the commit"]


def kill(*connection_ids: int) -> None:
    """End connections of the test's database, from a connection of our own."""
    import MySQLdb  # not every machine has it, and only tests marked mysql come here

    known = connection.settings_dict
    with MySQLdb.connect(
        host=known["HOST"], port=int(known["PORT"]), user=known["USER"], password=known["PASSWORD"]
    ) as admin:
        cursor = admin.cursor()
        for number in connection_ids:
            cursor.execute(f"KILL CONNECTION {int(number)}")


def this_connection() -> int:
    """The calling thread's connection."""
    connection.ensure_connection()
    return int(connection.connection.thread_id())


def lose_connection(monkeypatch: pytest.MonkeyPatch, moment: Moment, *, after: int = 0) -> None:
    """Break the connection of a transaction that commits, so that nobody learns whether it did.

    It is the next one, or the one after so many others.
    """
    commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]  # private to Django
    others = iter(range(after))

    def breaking(self: Any) -> None:
        if next(others, None) is not None:
            commit(self)
            return
        monkeypatch.setattr(BaseDatabaseWrapper, "_commit", commit)
        if moment == "after the commit":
            commit(self)
        kill(self.connection.thread_id())
        commit(self)  # the driver's own error

    monkeypatch.setattr(BaseDatabaseWrapper, "_commit", breaking)

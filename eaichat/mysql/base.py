"""Django's MySQL backend, but a transaction begins by BEGIN, as on SQLite and PostgreSQL.

Django's own switches autocommit off before and on after, which is one round trip more for each transaction. BEGIN
itself costs none: it goes out with the first statement, and both are answered at once.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.mysql import base
from MySQLdb.cursors import Cursor


class DatabaseWrapper(base.DatabaseWrapper):
    """`begins`: a transaction is open as Django sees it, and the server has not been told."""

    begins = False

    def get_new_connection(self, conn_params: Any) -> Any:
        self.begins = False
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> base.CursorWrapper:
        return base.CursorWrapper(_Cursor(self))

    def _start_transaction_under_autocommit(self) -> None:
        """Called by `set_autocommit(False)` for an outermost `atomic` in place of switching autocommit off."""
        self.begins = True

    def _commit(self) -> None:
        if self.begins:
            self.begins = False  # nothing was asked within the transaction
        else:
            super()._commit()  # type: ignore[misc]  # the stubs leave it out

    def _rollback(self) -> None:
        if self.begins:
            self.begins = False
        else:
            super()._rollback()  # type: ignore[misc]  # the stubs leave it out


class _Cursor(Cursor):  # type: ignore[misc]  # the driver ships no types
    """Sends BEGIN with the statement that is the first of its transaction."""

    def __init__(self, database: DatabaseWrapper) -> None:
        super().__init__(database.connection)
        self._database = database

    def _query(self, q: bytes) -> int:
        if self._database.begins:
            super()._query(b"BEGIN;" + q)
            self._database.begins = False  # not before the server said yes, else what follows would stay for good
            self.nextset()  # raises what is wrong with the statement itself
            self._executed = q
        else:
            super()._query(q)
        rows: int = self.rowcount
        return rows

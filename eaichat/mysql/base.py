"""Django's MySQL backend, but a transaction begins by BEGIN, as on SQLite and PostgreSQL.

Django's own switches autocommit off before and on after, which is one round trip more for each transaction.
"""

from __future__ import annotations

from django.db.backends.mysql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        """Called by `set_autocommit(False)` for an outermost `atomic` in place of switching autocommit off."""
        with self.cursor() as cursor:
            cursor.execute("BEGIN")

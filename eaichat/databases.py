"""The database that `DATABASE_URL` names, as Django's settings want it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ


def database(env: environ.Env, *, var: Path) -> dict[str, Any]:
    """SQLite in `var` by default; MySQL or MariaDB for `mysql://user:password@host:port/name`.

    Connections stay open: the threads that use them are a fixed pool (apps.accounts.database).
    """
    found: dict[str, Any] = env.db_url("DATABASE_URL", default=f"sqlite:///{var / 'db.sqlite3'}")
    found["CONN_MAX_AGE"] = None
    found["CONN_HEALTH_CHECKS"] = True
    if found["ENGINE"] == "django.db.backends.sqlite3":
        found["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
        found["TEST"] = {"NAME": var / "test.sqlite3"}
    elif found["ENGINE"] == "django.db.backends.mysql":
        found["OPTIONS"] = {
            "charset": "utf8mb4",
            "collation": "utf8mb4_unicode_520_ci",  # others take all emoji for equal
            "isolation_level": "read committed",
            "connect_timeout": 5,
            "init_command": "SET innodb_lock_wait_timeout = 10",  # the server's 50 s is longer than anybody waits
            **found.get("OPTIONS", {}),
        }
        found["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_520_ci"}
    else:
        raise SystemExit("DATABASE_URL must begin with sqlite:/// or mysql://")
    return found

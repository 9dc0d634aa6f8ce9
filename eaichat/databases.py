"""The database that `DATABASE_URL` names, as Django's settings want it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ

from eaichat.environment import Environment, refuse

ANSWER_SECONDS = 30  # that one statement may take; `migrate` waits without an end
REFUSED = frozenset({1044, 1045, 1049, 1698})  # MySQL: no right to it, wrong password (two), no such database
_NOBODY_THERE = frozenset({2002, 2003, 2005})
_EXAMPLE = "mysql://user:password@host:3306/name"


def database(environment: Environment, *, var: Path) -> dict[str, Any]:
    """SQLite in `var` by default; MySQL or MariaDB for `mysql://user:password@host:port/name`.

    Connections stay open: the threads that use them are a fixed pool (apps.accounts.database).
    """
    url = environment.text("DATABASE_URL", f"sqlite:///{var / 'db.sqlite3'}")
    if not url.startswith("sqlite:///"):
        environment.address("DATABASE_URL", schemes=("mysql",), example=f"{_EXAMPLE} (or sqlite:///path)")
    found: dict[str, Any] = environ.Env.db_url_config(url)
    if not found["NAME"]:
        refuse(f"DATABASE_URL names no database: write it like {_EXAMPLE}")
    found["CONN_MAX_AGE"] = None
    found["CONN_HEALTH_CHECKS"] = True
    if found["ENGINE"] == "django.db.backends.sqlite3":
        found["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
        found["TEST"] = {"NAME": var / "test.sqlite3"}
    else:
        found["ENGINE"] = "eaichat.mysql"
        found["OPTIONS"] = {
            "charset": "utf8mb4",
            "collation": "utf8mb4_unicode_520_ci",  # others take all emoji for equal
            "isolation_level": "read committed",
            "connect_timeout": 5,
            "read_timeout": ANSWER_SECONDS,  # the driver itself would wait for ever, and so would every thread
            "write_timeout": ANSWER_SECONDS,
            # The server's 50 s is longer than anybody waits. Its clock tells who is dead (apps.chat.leases): UTC,
            # since another zone's goes back by an hour once a year.
            "init_command": "SET innodb_lock_wait_timeout = 10, time_zone = '+00:00'",
            **found.get("OPTIONS", {}),
        }
        found["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_520_ci"}
    return found


def unusable(error: Exception) -> str:
    """One line for the operator when a MySQL server refuses us or is not there; nothing for other errors."""
    number, text = (*error.args, "", "")[:2]
    return f"The database cannot be used, check DATABASE_URL: {text}" if number in REFUSED | _NOBODY_THERE else ""

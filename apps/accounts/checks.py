"""What `manage.py check` says of the console (pages that nobody mounted) and `migrate` of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connections
from django.urls import NoReverseMatch, reverse

from apps.accounts.console import registered


def check_console_addresses(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every registered page and step needs an address: without one, each console page would fail on its links."""
    problems: list[CheckMessage] = []
    for item in registered():
        try:
            reverse(item.url_name)
        except NoReverseMatch:
            hint = f"Mount the URL named {item.url_name!r}, or take the registration out of the app's ready()."
            problems.append(Error(f"The console's {item} has no address.", hint=hint, id="console.E001"))
    return problems


COLLATION = "utf8mb4_unicode_520_ci"


def check_collation(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Tables are made in the database's own collation, and most of MySQL's take every emoji for the same."""
    problems: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor != "mysql":
            continue
        with connection.cursor() as cursor:
            cursor.execute("SELECT DATABASE(), @@collation_database")
            name, collation = cursor.fetchone()
        if collation != COLLATION:
            hint = (
                f"Before the first migration: ALTER DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE {COLLATION};"
            )
            text = f"The database {name} has the collation {collation}."
            problems.append(Error(text, hint=hint, id="accounts.E001"))
    return problems

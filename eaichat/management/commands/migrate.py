"""Django's `migrate`, whose statements may take as long as they need: altering a large table takes minutes."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        known = connection.settings_dict["OPTIONS"]
        limits = {name: known.pop(name) for name in ("read_timeout", "write_timeout") if name in known}
        if not limits:
            super().handle(*args, **options)
            return
        connection.close()
        try:
            super().handle(*args, **options)
        finally:
            known.update(limits)
            connection.close()

"""`manage.py index_host`: the process that holds the embedded index. `manage.py up` runs it as a child."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.host import run
from apps.catalog.runtime import index_dir


class Command(BaseCommand):
    help = "Serve the embedded index to the other processes over a Unix socket, until SIGTERM or SIGINT."
    # Nothing in here reads a table, and the host must be up before the first migration as well.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run(index_dir(), ready=lambda: self.stdout.write("ready"))
        except CatalogError as error:
            raise CommandError(error.text) from error

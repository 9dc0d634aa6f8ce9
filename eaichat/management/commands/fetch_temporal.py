"""`manage.py fetch_temporal`: have the workflow server's program ready: found, downloaded, or built."""

from __future__ import annotations

import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from eaichat.management.temporal_binary import ProvisioningError, provide


class Command(BaseCommand):
    help = "Find, download or build the Temporal CLI that holds the dev server (a build takes minutes)."

    def handle(self, *args: Any, **options: Any) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Looking for the workflow server", total=None)

            def report(detail: str, progress: float | None) -> None:
                bar.update(
                    task, description=detail, total=None if progress is None else 1.0, completed=progress or 0
                )

            try:
                program = asyncio.run(provide(settings.CACHE_DIR, report=report))
            except ProvisioningError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"The workflow server is ready: {program}")

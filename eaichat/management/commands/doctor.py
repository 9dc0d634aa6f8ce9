"""`manage.py doctor`: every part, its address, and whether it answers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eaichat.health import Part, parts, web_answers


class Command(BaseCommand):
    help = "Print every part of the installation, its address and whether it answers. Exit 1 when one does not."

    def handle(self, *args: Any, **options: Any) -> None:
        found = [web_answers(), *parts()[1:]]
        table = Table(box=None, pad_edge=False)
        for column in ("part", "", "state", "address"):
            table.add_column(column, overflow="fold")
        for part in found:
            table.add_row(part.name, self._mark(part), escape(_told(part)), escape(part.address))
        Console().print(table)
        if any(part.name == "database" and part.ok for part in found):
            self.check(tags=["database"], databases=["default"])
        if not all(part.ok for part in found):
            logs = settings.LOG_DIR
            raise CommandError(f"Not everything answers. `make run` starts what is missing; logs lie in {logs}.")

    def _mark(self, part: Part) -> str:
        return "[green]ok[/green]" if part.ok else "[red]no[/red]"


def _told(part: Part) -> str:
    return f"{part.state} ({part.trouble})" if part.trouble else part.state

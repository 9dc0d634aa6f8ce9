"""`manage.py sync list`, `manage.py sync run CONNECTOR`: synchronise in the foreground, without workflows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from apps.catalog.engine.errors import CatalogError
from apps.connectors import services
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.runs import SyncStoppedError
from apps.connectors.sync import Progress


class Command(BaseCommand):
    help = "List connectors, or synchronise one of them now."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="every connector, its store and id")
        run = actions.add_parser("run", help="synchronise one connector, with a progress bar")
        run.add_argument("connector", help="its id, the beginning of its id, or its name")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "list":
            self._list()
        else:
            self._run(_find(options["connector"]))

    def _list(self) -> None:
        table = Table("Id", "Store", "Name", "Platform", "Last sync")
        for connector in ConnectorConfig.objects.select_related("store").order_by("store__name", "name"):
            last = connector.runs.first()
            table.add_row(
                str(connector.pk),
                connector.store.name,
                connector.name,
                connector.platform,
                last.get_state_display() if last else "never",
            )
        console = Console(width=160)
        with console.capture() as captured:
            console.print(table)
        self.stdout.write(captured.get())

    def _run(self, connector: ConnectorConfig) -> None:
        run = services.new_foreground_run(connector=connector)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Bar(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(f"Reading {connector.name}", total=None)

            def watch(progress: Progress) -> None:
                bar.update(task, total=progress.total, completed=progress.seen)

            try:
                done = services.run_sync(run_id=run.pk, progress=watch)
            except SyncStoppedError as error:
                raise CommandError(f"{connector.name} was deleted while it was read.") from error
            except (ConnectorError, CatalogError) as error:
                raise CommandError(f"{error.text} The catalogue stays as it was.") from error
        self.stdout.write(
            f"{connector.name}: {done.seen} products read, {done.indexed} new or changed, {done.removed} removed, "
            f"{done.rejected} left out."
        )
        for note in done.notes:
            self.stderr.write(note)


def _find(wanted: str) -> ConnectorConfig:
    every = list(ConnectorConfig.objects.select_related("store"))
    found = [connector for connector in every if wanted in (str(connector.pk), connector.name)]
    if not found and len(wanted) >= 4:
        found = [connector for connector in every if str(connector.pk).startswith(wanted.lower())]
    if len(found) == 1:
        return found[0]
    if not found:
        raise CommandError(f"There is no connector {wanted!r}. `manage.py sync list` shows them.")
    ids = ", ".join(str(connector.pk) for connector in found)
    raise CommandError(f"{len(found)} connectors are named {wanted!r}: use one of the ids {ids}.")

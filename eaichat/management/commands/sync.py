"""`manage.py sync list|run|verify|why`: synchronise in the foreground, without workflows, and prove a sync."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from apps.catalog.engine.errors import CatalogError
from apps.connectors import services
from apps.connectors.missing import Place, why_missing
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.proof import Comparison, Finding, Watch, compare
from apps.connectors.runs import SyncStoppedError
from apps.connectors.sync import Progress
from eaichat.management.catalogue import AWAY, plain

_KINDS = {
    Finding.MISSING: "missing in the index",
    Finding.DIFFERENT: "different in the index",
    Finding.EXTRA: "only in the index",
}
_NAME = "its id, the beginning of its id, or its name"


class Command(BaseCommand):
    help = "List connectors, synchronise one of them now, or prove that the index has what its source has."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="every connector, its store and id")
        run = actions.add_parser("run", help="synchronise one connector, with a progress bar")
        run.add_argument("connector", help=_NAME)
        verify = actions.add_parser(
            "verify",
            help="compare source and index, product by product; exit 1 when they differ, 2 when one is away",
        )
        verify.add_argument("connector", help=_NAME)
        verify.add_argument("--json", action="store_true", help="for programs")
        why = actions.add_parser("why", help="why a product is missing; exit 1 when it is, 2 when nobody can tell")
        why.add_argument("connector", help=_NAME)
        why.add_argument("product", help="the platform's number of it, ours, or its SKU")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["action"]:
            case "list":
                self._list()
            case "run":
                self._run(_find(options["connector"]))
            case "verify":
                self._verify(_find(options["connector"]), as_json=options["json"])
            case _:
                self._why(_find(options["connector"]), options["product"])

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
        with _bar(connector) as show:

            def watch(progress: Progress) -> None:
                show(progress.seen, progress.total)

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

    def _verify(self, connector: ConnectorConfig, *, as_json: bool) -> None:
        with _bar(connector) as show, _answering():
            found = compare(connector, watch=show)
        if as_json:
            self.stdout.write(json.dumps(asdict(found) | {"agrees": found.agrees}, indent=1))
        else:
            self._tell(connector, found)
        if not found.agrees:
            raise CommandError(
                f"Source and index differ in {found.differences} products: "
                f"`manage.py sync run {connector.pk}` puts that right."
            )

    def _tell(self, connector: ConnectorConfig, found: Comparison) -> None:
        for finding, words in _KINDS.items():
            count, examples = found.counts[finding], found.examples[finding]
            for example in examples:
                self.stdout.write(plain(f"{words}: {example.product_id} {example.title}"))
            if count > len(examples):
                self.stdout.write(f"{words}: {count - len(examples)} others")
        for reason in found.reasons:
            self.stdout.write(plain(f"set aside: {reason}"))
        counted = ", ".join(f"{found.counts[finding]} {words}" for finding, words in _KINDS.items())
        self.stdout.write(
            f"{plain(connector.name)}: {found.read} products in the source, "
            f"{found.counts[Finding.SAME]} the same, {counted}, {found.set_aside} set aside."
        )

    def _why(self, connector: ConnectorConfig, product: str) -> None:
        with _bar(connector) as show, _answering():
            answer = why_missing(connector, product, watch=show)
        if answer.title:
            self.stdout.write(plain(answer.title))
        self.stdout.write(plain(answer.text))
        if answer.place != Place.INDEXED:
            raise CommandError(f"It is missing: {answer.place.value.replace('_', ' ')}.")


@contextmanager
def _bar(connector: ConnectorConfig) -> Iterator[Watch]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(f"Reading {connector.name}", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _answering() -> Iterator[None]:
    """A source or an index that is away is one line and exit 2."""
    try:
        yield
    except (ConnectorError, CatalogError) as error:
        raise CommandError(error.text, returncode=AWAY) from error


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

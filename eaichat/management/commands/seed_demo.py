"""`manage.py seed_demo`: make the demo store, or bring it up to date. Safe to run at every start."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.catalog.engine.errors import CatalogError
from eaichat.demo.accounts import with_known_password
from eaichat.demo.seed import seed

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Command(BaseCommand):
    help = "Make the demo store with its products, orders and accounts, or bring it up to date."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo is off. Set DEMO=1 to have it.")
        try:
            report = seed(public_url=settings.PUBLIC_URL)
        except CatalogError as error:
            raise CommandError(f"The demo's products could not be indexed: {error.text}") from error
        news = [f"{report.indexed} indexed"] if report.indexed else ["all up to date"]
        if report.removed:
            news.append(f"{report.removed} removed")
        self.stdout.write(f"{report.store.name}: {report.products} products ({', '.join(news)})")
        self._warn_about_known_passwords()

    def _warn_about_known_passwords(self) -> None:
        """On loopback the known password is the point; where others reach the server it is a hole."""
        if urlsplit(settings.PUBLIC_URL).hostname in _LOOPBACK:
            return
        for account in with_known_password():
            self.stderr.write(
                self.style.WARNING(
                    f"{account.email} still has the demo's password, and {settings.PUBLIC_URL} is not only yours: "
                    f"change it under {settings.PUBLIC_URL}/console/."
                )
            )

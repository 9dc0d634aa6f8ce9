"""`manage.py up`: prepare and run the whole embedded installation in one go."""

from __future__ import annotations

import time
from typing import Any

from apps.catalog.runtime import catalog
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from eaichat.management import temporal_server
from eaichat.management.children import Child, manage
from eaichat.management.installation import InstallationError, InstallationLock, check_port, check_sqlite
from eaichat.management.serving import StopRequested, serve, stop_on_signals_while_preparing

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "Prepare the embedded installation and run it: web, worker, index host, Temporal. Ctrl-C stops all."
    requires_system_checks = "__all__"

    def handle(self, *args: Any, **options: Any) -> None:
        stop_on_signals_while_preparing()
        self.began = time.monotonic()
        self.index = Child(
            name="index_host", command=manage("index_host"), log=settings.LOG_DIR / "index_host.log"
        )
        try:
            with InstallationLock(settings.VAR_DIR):
                self._prepare()
                self._serve()
        except InstallationError as error:
            raise CommandError(str(error)) from error
        except StopRequested:
            self.stdout.write("Stopped.")
        finally:
            self.index.stop()

    def _prepare(self) -> None:
        check_port(HOST, settings.PORT)
        database = settings.DATABASES["default"]
        if database["ENGINE"].endswith("sqlite3"):
            check_sqlite(database["NAME"])
        self._step("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("fetch_models", stdout=self.stdout)
        if not settings.QDRANT_URL:
            self._start_index()
        if settings.DEMO:
            self._step("Filling the demo store")
            call_command("seed_demo", stdout=self.stdout)
        self._step("Loading the models")
        catalog().warm_up()
        connections.close_all()

    def _start_index(self) -> None:
        self._step("Opening the index")
        self.index.start()
        if not self.index.wait_until(lambda: catalog().health().ok, seconds=20):
            raise InstallationError(
                self.index.last_words() or "The index did not open: see var/log/index_host.log"
            )

    def _serve(self) -> None:
        with temporal_server.TemporalServer() as temporal:
            serve(
                host=HOST,
                port=settings.PORT,
                temporal_address=temporal.address,
                on_ready=self._announce,
                every_second=self.index.revive,
            )
        self.stdout.write("Stopped.")

    def _step(self, text: str) -> None:
        self.stdout.write(f"· {text}")
        self.stdout.flush()

    def _announce(self) -> None:
        seconds = time.monotonic() - self.began
        self.stdout.write(self.style.SUCCESS(f"\neaichat is up ({seconds:.1f} s). Ctrl-C stops it.\n"))
        for label, path in self._addresses():
            self.stdout.write(f"  {label:<16}{settings.PUBLIC_URL}{path}")
        if settings.DEMO:
            from eaichat.demo.accounts import DEMO_ACCOUNTS

            self.stdout.write("\n  Demo accounts")
            for account in DEMO_ACCOUNTS:
                self.stdout.write(f"  {account.email:<32}{account.password}   {account.what}")
        self.stdout.write(f"\n  Data in {settings.VAR_DIR}, logs in {settings.LOG_DIR}\n")
        self.stdout.flush()

    def _addresses(self) -> list[tuple[str, str]]:
        from apps.accounts.models import Store

        demo = Store.objects.filter(is_demo=True).first() if settings.DEMO else None
        pages = [("Console", "/console/"), ("Admin", "/admin/"), ("API", "/api/docs/"), ("Widget", "/widget.js")]
        if demo is not None:
            pages = [("Storefront", "/demo/"), ("Full-page chat", f"/chat/{demo.public_key}/"), *pages]
        return pages

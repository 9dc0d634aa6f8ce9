"""`manage.py up`: prepare and run the whole embedded installation in one go."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from apps.accounts.models import Store
from apps.catalog.runtime import catalog
from apps.chat.intents.answer import learn_examples
from eaichat.demo.accounts import with_known_password
from eaichat.management.index_child import IndexChild
from eaichat.management.installation import InstallationError, InstallationLock, check_port, check_sqlite
from eaichat.management.serving import Companion, StopRequested, serve, stop_on_signals_while_preparing
from eaichat.management.temporal_server import TemporalServer
from eaichat.management.worker import run_worker

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "Prepare the embedded installation and run it: web, worker, index, Temporal. Ctrl-C stops everything."

    def handle(self, *args: Any, **options: Any) -> None:
        stop_on_signals_while_preparing()
        began = time.monotonic()
        index = IndexChild(log=settings.LOG_DIR / "index_host.log")
        try:
            with InstallationLock(settings.VAR_DIR):
                self._prepare(index)
                serve(
                    host=HOST,
                    port=settings.PORT,
                    companions=self._companions(index),
                    on_ready=lambda: self._announce(time.monotonic() - began),
                )
        except InstallationError as error:
            raise CommandError(str(error)) from error
        except StopRequested:
            pass
        finally:
            index.stop()
        self.stdout.write("Stopped.")

    def _prepare(self, index: IndexChild) -> None:
        check_port(HOST, settings.PORT)
        if connection.vendor == "sqlite":
            check_sqlite(Path(connection.settings_dict["NAME"]))
        self._step("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("fetch_models", stdout=self.stdout)
        if not settings.QDRANT_URL:
            self._step("Opening the index")
            index.start(answers=lambda: catalog().health().ok)
        if settings.DEMO:
            self._step("Filling the demo store")
            call_command("seed_demo", stdout=self.stdout)
        self._step("Loading the models")
        catalog().warm_up()
        learn_examples()
        self._addresses = _addresses()
        self._accounts = with_known_password() if settings.DEMO else []
        connections.close_all()

    def _companions(self, index: IndexChild) -> list[Companion]:
        """What runs beside the web server in its loop."""

        async def watch_index(stopping: asyncio.Event) -> None:
            while not stopping.is_set():
                index.revive()
                await asyncio.sleep(1)

        if settings.TEMPORAL_ADDRESS:
            return [watch_index, lambda stop: run_worker(stop=stop, address=lambda: settings.TEMPORAL_ADDRESS)]
        temporal = TemporalServer(
            folder=settings.VAR_DIR / "temporal", cache=settings.CACHE_DIR, log=settings.LOG_DIR / "temporal.log"
        )
        return [
            watch_index,
            lambda stop: temporal.run(stop=stop),
            lambda stop: run_worker(stop=stop, address=temporal.address),
        ]

    def _step(self, text: str) -> None:
        self.stdout.write(f"· {text}")
        self.stdout.flush()

    def _announce(self, seconds: float) -> None:
        lines = [self.style.SUCCESS(f"\neaichat is up after {seconds:.1f} s. Ctrl-C stops it.\n")]
        lines += [f"  {label:<16}{settings.PUBLIC_URL}{path}" for label, path in self._addresses]
        if self._accounts:
            lines.append("\n  Demo accounts")
            lines += [f"  {one.email:<32}{one.password:<16}{one.what}" for one in self._accounts]
        lines.append(f"\n  Data: {settings.VAR_DIR}\n  Logs: {settings.LOG_DIR}")
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _addresses() -> list[tuple[str, str]]:
    demo = Store.objects.filter(is_demo=True).first() if settings.DEMO else None
    shop = [("Storefront", "/demo/"), ("Full-page chat", f"/chat/{demo.public_key}/")] if demo else []
    return [*shop, ("Console", "/console/"), ("Admin", "/admin/"), ("API", "/api/docs/"), ("Widget", "/widget.js")]

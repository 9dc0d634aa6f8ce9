"""`manage.py up`: prepare and run the whole embedded installation in one go."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from apps.accounts.models import Store
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.runtime import catalog, index_dir
from apps.chat.intents.answer import learn_examples
from apps.chat.watch import watch
from eaichat.demo.accounts import with_known_password
from eaichat.management.installation import InstallationError, InstallationLock, check_port, check_sqlite
from eaichat.management.serving import (
    Companion,
    StopRequested,
    in_own_thread,
    serve,
    stop_on_signals_while_preparing,
)
from eaichat.management.temporal_server import TemporalServer
from eaichat.management.web_lock import WebLock
from eaichat.management.worker import run_worker

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = "Prepare the embedded installation and run it: web, worker, index, Temporal. Ctrl-C stops everything."

    def handle(self, *args: Any, **options: Any) -> None:
        stop_on_signals_while_preparing()
        began = time.monotonic()
        index = HostProcess(index_dir())
        try:
            with InstallationLock(settings.VAR_DIR), WebLock():
                self._prepare(index)
                serve(
                    host=HOST,
                    port=settings.PORT,
                    companions=self._companions(index),
                    on_ready=lambda: self._announce(time.monotonic() - began),
                )
        except (InstallationError, CatalogError) as error:
            raise CommandError(str(error)) from error
        except StopRequested:
            pass
        finally:
            index.stop()
        self.stdout.write("Stopped.")

    def _prepare(self, index: HostProcess) -> None:
        check_port(HOST, settings.PORT, choice="make run PORT=")
        if connection.vendor == "sqlite":
            check_sqlite(Path(connection.settings_dict["NAME"]))
        self._step("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("fetch_models", stdout=self.stdout)
        if not settings.QDRANT_URL:
            self._step("Opening the index")
            index.start()
        problem = catalog().health().error
        if problem:  # the rest of eaichat runs without it, and says the same on its pages
            self.stdout.write(self.style.WARNING(f"  {problem}"))
        elif settings.DEMO:
            self._step("Filling the demo store")
            call_command("seed_demo", stdout=self.stdout)
        self._step("Loading the models")
        catalog().warm_up()
        learn_examples()
        self._addresses = _addresses()
        self._accounts = with_known_password() if settings.DEMO else []
        connections.close_all()

    def _companions(self, index: HostProcess) -> list[Companion]:
        """What runs beside the web server in its loop."""

        async def watch_index(stopping: asyncio.Event) -> None:
            while not (settings.QDRANT_URL or stopping.is_set()):
                try:
                    await asyncio.to_thread(index.start)  # does nothing while it runs
                except CatalogError as error:
                    logger.warning("The index host cannot be started again: %s", error.text)
                await asyncio.sleep(1)

        def working(address: Callable[[], str | None]) -> Companion:
            return in_own_thread(lambda stop: run_worker(stop=stop, address=address))

        if settings.TEMPORAL_ADDRESS:
            return [watch_index, working(lambda: settings.TEMPORAL_ADDRESS), watch]
        temporal = TemporalServer(
            folder=settings.VAR_DIR / "temporal", cache=settings.CACHE_DIR, log=settings.LOG_DIR / "temporal.log"
        )
        return [watch_index, lambda stop: temporal.run(stop=stop), working(temporal.address), watch]

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

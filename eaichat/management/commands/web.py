"""`manage.py web`: one web process of an installation that runs its parts separately. Start as many as needed."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from apps.catalog.engine.errors import CatalogError
from apps.catalog.runtime import catalog
from apps.chat.intents.answer import learn_examples
from apps.chat.watch import watch
from eaichat.management.installation import InstallationError, check_migrations, check_port
from eaichat.management.serving import StopRequested, serve, stop_on_signals_while_preparing
from eaichat.management.web_lock import WebLock


class Command(BaseCommand):
    help = "Serve pages, the API and sockets until SIGINT or SIGTERM. Migrations, worker and index run elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on; 0.0.0.0: all")
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        stop_on_signals_while_preparing()
        host, port = options["host"], options["port"]
        try:
            check_port(host, port, choice="manage.py web --port ")
            check_migrations()
            with WebLock():
                catalog().warm_up()
                learn_examples()
                connections.close_all()
                ready = partial(self._say, f"Serving on {host}:{port}.")
                serve(host=host, port=port, companions=[watch], on_ready=ready)
        except InstallationError as error:
            raise CommandError(str(error)) from error
        except CatalogError as error:
            own = error.code == "index_unreachable" and not settings.QDRANT_URL
            advice = " Start it first: `manage.py index_host`." if own else ""
            raise CommandError(f"{error.text}{advice}") from error
        except StopRequested:
            pass
        self._say("Stopped.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

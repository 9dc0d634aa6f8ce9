"""`manage.py temporal_worker`: runs workflows and activities until SIGINT or SIGTERM. Start as many as needed."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.accounts import live
from eaichat.management.worker import run_worker
from eaichat.temporal_state import read_address


def temporal_address() -> str | None:
    """TEMPORAL_ADDRESS, else where `manage.py up` of this installation last started its server."""
    return settings.TEMPORAL_ADDRESS or read_address(settings.VAR_DIR / "temporal")


class Command(BaseCommand):
    help = "Run workflows and activities, and start what the outbox asks for, until interrupted."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._work())

    async def _work(self) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        live.use_loop(asyncio.get_running_loop())  # what workflows change is told to the web processes' pages
        where = temporal_address()
        self.stdout.write(f"Working for {where}." if where else "Waiting for a workflow server to be started.")
        await run_worker(stop=stop, address=temporal_address)
        live.use_loop(None)
        self.stdout.write("Stopped.")

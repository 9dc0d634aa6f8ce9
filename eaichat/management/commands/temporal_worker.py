"""`manage.py temporal_worker`: runs workflows and activities until SIGINT or SIGTERM. Start as many as needed."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts import live, workflow_state
from eaichat.management.worker import run_worker

temporal_address = workflow_state.address
_DRAIN = 8.0  # seconds after which an orchestrator would soon kill us anyway


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
        work = asyncio.create_task(run_worker(stop=stop, address=temporal_address))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        done, _ = await asyncio.wait({work}, timeout=_DRAIN)
        if not done:  # a store that answers slowly, say: its thread cannot be ended, but the process can
            self.stdout.write("Stopped in the middle of an activity: another worker takes it up within seconds.")
            self.stdout.flush()
            os._exit(0)
        live.use_loop(None)
        work.result()
        self.stdout.write("Stopped.")

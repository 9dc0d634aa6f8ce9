"""`manage.py temporal_worker`: runs workflows and activities until SIGINT or SIGTERM. Start as many as needed."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
from collections.abc import Coroutine
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from apps.accounts import live, workflow_state
from eaichat.management.worker import ACTIVITIES, ACTIVITIES_AT_ONCE, WORKFLOWS, run_worker
from eaichat.management.worker_port import Health, health_port

temporal_address = workflow_state.address
_DRAIN = 8.0  # seconds after which an orchestrator would soon kill us anyway


class Command(BaseCommand):
    help = "Run workflows and activities, and start what the outbox asks for, until interrupted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queue", help="the task queue to work for (default: TEMPORAL_TASK_QUEUE)")
        parser.add_argument(
            "--concurrency",
            type=_at_least_one,
            default=ACTIVITIES_AT_ONCE,
            help=f"how many activities run at once (default: {ACTIVITIES_AT_ONCE})",
        )
        parser.add_argument("--health-port", type=int, help="serve /healthz there (default: nowhere)")
        parser.add_argument("--metrics-port", type=int, help="serve Prometheus’ /metrics there (default: nowhere)")

    def handle(self, *args: Any, **options: Any) -> None:
        queue = options["queue"] or settings.TEMPORAL_TASK_QUEUE
        self._announce(queue, options["concurrency"])
        asyncio.run(self._work(queue, options["concurrency"], options["health_port"], options["metrics_port"]))

    def _announce(self, queue: str, at_once: int) -> None:
        self.stdout.write(f"Queue {queue}, {at_once} activities at once.")
        self.stdout.write(f"Workflows: {', '.join(one.__name__ for one in WORKFLOWS)}.")
        self.stdout.write(f"Activities: {', '.join(one.__name__ for one in ACTIVITIES)}.")

    async def _work(self, queue: str, at_once: int, port: int | None, metrics: int | None) -> None:
        health = Health(queue)
        work = run_worker(
            stop=(stop := asyncio.Event()),
            address=temporal_address,
            queue=queue,
            at_once=at_once,
            health=health,
            metrics=f"0.0.0.0:{metrics}" if metrics else "",
        )
        async with contextlib.AsyncExitStack() as serving:
            if port is not None:
                found = await serving.enter_async_context(health_port(health, port=port))
                self.stdout.write(f"Health at http://localhost:{found}/healthz.")
            await self._until_told(work, stop)

    async def _until_told(self, working: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        live.use_loop(asyncio.get_running_loop())  # what workflows change is told to the web processes' pages
        where = temporal_address()
        self.stdout.write(f"Working for {where}." if where else "Waiting for a workflow server to be started.")
        work = asyncio.create_task(working)
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


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number

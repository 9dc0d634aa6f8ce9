"""One process that serves: daphne, the Temporal worker and the outbox relay in one event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable

import daphne.server  # first: it installs the reactor that everything below runs in
from twisted.internet import reactor

from apps.accounts import live
from eaichat.management.worker import run_worker

logger = logging.getLogger(__name__)


class StopRequested(Exception):  # noqa: N818 - it is a request, not an error
    """SIGINT or SIGTERM came while the installation was being prepared."""


def stop_on_signals_while_preparing() -> None:
    """Turn SIGINT and SIGTERM into StopRequested, also when this process inherited SIGINT ignored."""

    def request(number: int, frame: object) -> None:
        raise StopRequested

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, request)


def serve(
    *,
    host: str,
    port: int,
    temporal_address: Callable[[], str | None],
    on_ready: Callable[[], None],
    every_second: Callable[[], None],
) -> None:
    """Serve until SIGINT or SIGTERM; returns when the sockets are closed and the worker has stopped."""
    from eaichat.asgi import application

    loop = daphne.server.twisted_loop
    asyncio.set_event_loop(loop)
    live.use_loop(loop)
    stopping = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def watch() -> None:
        while not stopping.is_set():
            every_second()
            await asyncio.sleep(1)

    async def stop() -> None:
        if stopping.is_set():
            os._exit(1)  # a second Ctrl-C: the person does not want to wait
        stopping.set()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=5)
        reactor.stop()

    def on_signal() -> None:
        stop_task = loop.create_task(stop())
        stop_task.add_done_callback(lambda done: done.exception())

    def ready() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on_signal)
        tasks.append(loop.create_task(watch()))
        tasks.append(loop.create_task(run_worker(stop=stopping, address=temporal_address)))
        loop.call_soon(on_ready)

    server = daphne.server.Server(
        application,
        endpoints=[f"tcp:{port}:interface={host}"],
        signal_handlers=False,
        ready_callable=ready,
        application_close_timeout=2,
        websocket_max_message_size=64 * 1024,
        websocket_max_frame_size=64 * 1024,
        server_name="eaichat",
    )
    server.run()
    live.use_loop(None)

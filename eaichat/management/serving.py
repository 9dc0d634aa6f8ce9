"""One process that serves: daphne, the Temporal worker and the outbox relay in one event loop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import daphne.server  # first: it installs the reactor that everything below runs in

from apps.accounts import live

_STOP = 8.0  # seconds that the companions get to end by themselves

Companion = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


class StopRequested(BaseException):
    """SIGINT or SIGTERM came while the installation was being prepared. No `except Exception` may swallow it."""


def stop_on_signals_while_preparing() -> None:
    """Turn SIGINT and SIGTERM into StopRequested, also when this process inherited SIGINT ignored."""

    def request(number: int, frame: object) -> None:
        raise StopRequested

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, request)


def serve(*, host: str, port: int, companions: Sequence[Companion], on_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM. `companions` run in the same loop until the event they get is set."""
    from eaichat.asgi import application

    loop = daphne.server.twisted_loop
    asyncio.set_event_loop(loop)
    live.use_loop(loop)
    stopping = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []

    async def stop() -> None:
        stopping.set()
        _, late = await asyncio.wait(tasks, timeout=_STOP)
        for task in late:
            task.cancel()
        server.stop()

    def on_signal() -> None:
        if stopping.is_set():
            os._exit(1)  # the person asks again: do not wait any longer
        tasks_of_stop.append(loop.create_task(stop()))

    def ready() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on_signal)
        tasks.extend(loop.create_task(companion(stopping)) for companion in companions)
        loop.call_soon(on_ready)

    tasks_of_stop: list[asyncio.Task[None]] = []  # a task that nobody holds may be collected
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

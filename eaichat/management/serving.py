"""One process that serves: daphne, the Temporal worker and the outbox relay in one event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import daphne.server  # first: it installs the reactor that everything below runs in

from apps.accounts import live
from eaichat.management.installation import InstallationError
from eaichat.turns import take_short_turns

log = logging.getLogger(__name__)

_STOP = 8.0  # seconds that each companion gets to end by itself

Companion = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


class StopRequested(BaseException):
    """SIGINT or SIGTERM came while the installation was being prepared. No `except Exception` may swallow it."""


def in_own_thread(companion: Companion) -> Companion:
    """The same companion with a thread and a loop of its own, for what would hold up the web server's.

    Building a Temporal worker loads every workflow into its sandbox, two seconds in which no shopper is served.
    """

    async def run(stopping: asyncio.Event) -> None:
        began: asyncio.Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = asyncio.Future()
        web_loop = asyncio.get_running_loop()

        async def inside() -> None:
            stop = asyncio.Event()
            web_loop.call_soon_threadsafe(began.set_result, (asyncio.get_running_loop(), stop))
            await companion(stop)

        work = asyncio.ensure_future(asyncio.to_thread(asyncio.run, inside()))
        loop, stop = await began
        stopped = asyncio.ensure_future(stopping.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not work.done():
            loop.call_soon_threadsafe(stop.set)
        await work

    return run


async def watched(companion: Companion, stopping: asyncio.Event) -> None:
    """Run a companion; when it breaks, say so in the log."""
    try:
        await companion(stopping)
    except Exception:  # nobody waits for a companion, so nobody else would ever tell that it is gone
        log.exception("A part of the installation broke; the rest goes on without it until the next start")


def stop_on_signals_while_preparing() -> None:
    """Turn SIGINT and SIGTERM into StopRequested, also when this process inherited SIGINT ignored."""

    def request(number: int, frame: object) -> None:
        raise StopRequested

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, request)


class _Server(daphne.server.Server):  # type: ignore[misc]  # daphne ships no types
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._ports: list[Any] = []
        self.could_not_listen = ""

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)

    def listen_error(self, failure: Any) -> None:
        """Somebody took the port while we loaded the models."""
        self.could_not_listen = failure.getErrorMessage()
        super().listen_error(failure)

    def refuse_newcomers(self) -> None:
        """Listen no longer: whoever comes finds another process, and who is here stays."""
        for port in self._ports:
            port.stopListening()


def serve(*, host: str, port: int, companions: Sequence[Companion], on_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    `companions` run in the same loop until the event that each gets is set: the last one first, since each may
    need those before it to end well (a worker its server). Raises InstallationError when it cannot listen.
    """
    from eaichat.asgi import application

    take_short_turns()
    loop = daphne.server.twisted_loop
    asyncio.set_event_loop(loop)
    live.use_loop(loop)
    running: list[tuple[asyncio.Event, asyncio.Task[None]]] = []
    stops: list[asyncio.Task[None]] = []  # a task that nobody holds may be collected

    async def stop() -> None:
        server.refuse_newcomers()
        for stopping, task in reversed(running):
            stopping.set()
            await asyncio.wait({task}, timeout=_STOP)
            task.cancel()
        server.stop()

    def on_signal() -> None:
        if stops:
            os._exit(1)  # the person asks again: do not wait any longer
        stops.append(loop.create_task(stop()))

    def ready() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on_signal)
        for companion in companions:
            stopping = asyncio.Event()
            running.append((stopping, loop.create_task(watched(companion, stopping))))
        loop.call_soon(on_ready)

    server = _Server(
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
    if server.could_not_listen:
        raise InstallationError(server.could_not_listen)

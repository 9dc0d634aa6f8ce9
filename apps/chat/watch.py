"""Each web process's watch: it says that the process is there, and takes up what nobody answers any more."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from apps.accounts import live
from apps.accounts.database import DatabaseAway, on_threads
from apps.chat import leases, nudge
from apps.chat.events import Drain
from apps.chat.leases import Owed
from apps.chat.runner import HUB, RUNNER, Runner

log = logging.getLogger(__name__)

BEAT = 1.0  # seconds
# Beats before others are judged: after an outage of the database everybody looks dead until they had their beat.
STEADY = 3
AT_ONCE = 20  # sessions that one beat takes over; the next one takes the next
DRAIN_SECONDS = 6.0


# Its own thread: in the queue behind a crowd's turns a beat would be late, others would take these turns over, and
# have a crowd more.
_THREAD = ThreadPoolExecutor(1, thread_name_prefix="watch")


class Watch:
    """One beat after the other, in the loop that serves the sockets."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._beats = 0
        self._looks: set[asyncio.Task[None]] = set()  # a task that nobody holds may be collected
        self._not_before: dict[uuid.UUID, float] = {}  # sessions whose turns broke, and when to try them again

    async def run(self, stopping: asyncio.Event) -> None:
        """Watch until `stopping`; then let running turns end, send the sockets elsewhere, and take leave."""
        live.join(nudge.TURNS, self._hear)
        while not stopping.is_set():
            await self._safely(self.beat)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), BEAT)
        live.leave(nudge.TURNS, self._hear)
        await self._drain()

    async def beat(self) -> None:
        """Say that this process is there, and look. Raises DatabaseAway."""
        await on_threads(_THREAD, leases.beat)()
        self._beats += 1
        await self.look()

    async def look(self) -> None:
        """Stop what is to be stopped, take over what nobody answers. Raises DatabaseAway."""
        found = await on_threads(_THREAD, leases.owed)()
        for owed in found:
            if owed.mine and owed.stop_until:
                self._runner.stop(owed.session_id, owed.stop_until)
        waiting = {owed.session_id for owed in found}
        self._not_before = {key: at for key, at in self._not_before.items() if key in waiting}
        due = [owed for owed in found if self._is_due(owed)]
        for owed in due[:AT_ONCE]:
            if await on_threads(_THREAD, leases.claim)(owed):
                log.info("Session %s is taken up again", owed.session_id)
                self._not_before[owed.session_id] = _now() + 2.0**owed.recoveries
                self._runner.recover(owed.session_id)

    def _is_due(self, owed: Owed) -> bool:
        if owed.session_id in self._runner.sessions:
            return False
        if not owed.mine and self._beats < STEADY:
            return False
        return self._not_before.get(owed.session_id, 0.0) <= _now()

    def _hear(self, message: live.Message) -> None:
        task = asyncio.get_running_loop().create_task(self._safely(self.look))
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    async def _safely(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except DatabaseAway as error:
            if self._beats:
                log.warning("The watch waits for the database: %s", error)
            self._beats = 0
        except Exception:
            log.exception("A beat of the watch failed")

    async def _drain(self) -> None:
        HUB.tell_all(Drain(after_ms=int(DRAIN_SECONDS * 1000)))
        turns = asyncio.ensure_future(self._runner.idle())
        until = _now() + DRAIN_SECONDS
        while not turns.done() and _now() < until:
            await self._safely(on_threads(_THREAD, leases.beat))  # else others take them over in mid-answer
            await asyncio.wait({turns}, timeout=BEAT)
        if not turns.done():
            turns.cancel()
            log.warning("%d sessions are left to other processes in mid-answer", len(self._runner.sessions))
        with contextlib.suppress(DatabaseAway):
            await on_threads(_THREAD, leases.leave)()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def watch(stopping: asyncio.Event) -> None:
    """The companion of a web server."""
    await Watch(RUNNER).run(stopping)

"""Who owns running turns: this process, never a socket. An answer goes on when its shopper's connection drops."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from apps.chat import turn_store
from apps.chat.decide import answer
from apps.chat.events import ErrorFrame, MessageAccepted, TurnEnd
from apps.chat.hub import Hub
from apps.chat.turn import Answerer, Event, Turn, run_turn
from apps.chat.turn_store import Accepted, TurnError
from eaichat.logs import bind_ids

log = logging.getLogger(__name__)


class Runner:
    """The turns of this process. Per session they answer one after the other, in the order of acceptance.

    All methods belong to the loop that serves the sockets.
    """

    def __init__(self, hub: Hub, answerer: Answerer) -> None:
        self.hub = hub
        self.answerer = answerer
        self._gates: dict[uuid.UUID, asyncio.Lock] = {}
        self._turns: defaultdict[uuid.UUID, list[Turn]] = defaultdict(list)
        self._tasks: dict[asyncio.Task[None], uuid.UUID] = {}

    async def send(self, *, session_id: uuid.UUID, client_id: str, text: str, origin: str) -> None:
        """Take a shopper's message from the socket named `origin`; returns when it is stored or refused."""
        accept = partial(turn_store.accept, session_id=session_id, client_id=client_id, text=text)
        await self._start(session_id, accept, origin=origin, frame_id=client_id)

    async def retry(self, *, session_id: uuid.UUID, turn_id: uuid.UUID, origin: str) -> None:
        """Answer a turn again that has no whole answer."""
        accept = partial(turn_store.accept_retry, session_id=session_id, turn_id=turn_id)
        await self._start(session_id, accept, origin=origin, frame_id=str(turn_id))

    async def recover(self, *, session_id: uuid.UUID, accepted: Accepted) -> None:
        """Answer a message that an earlier process accepted and left."""
        if session_id not in self._turns:
            await self._start(session_id, lambda: accepted, origin="", frame_id="")

    def stop(self, session_id: uuid.UUID) -> None:
        """Stop every answer of the session, also those that wait for their turn."""
        for turn in self._turns.get(session_id, ()):
            turn.stop()

    def speaking(self, session_id: uuid.UUID) -> Turn | None:
        """The turn that is being answered now."""
        return next((turn for turn in self._turns.get(session_id, ()) if turn.speaking is not None), None)

    async def idle(self) -> None:
        """Wait until every running turn has ended, e.g. before the process exits."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def quiet(self, session_id: uuid.UUID) -> None:
        """Stop the session's answers and wait until what they said is stored."""
        self.stop(session_id)
        while tasks := {task for task, of in self._tasks.items() if of == session_id}:
            await asyncio.wait(tasks)

    async def _start(
        self, session_id: uuid.UUID, accept: Callable[[], Accepted], *, origin: str, frame_id: str
    ) -> None:
        gate = self._gates.setdefault(session_id, asyncio.Lock())
        turn = Turn(session_id=session_id, accept=accept, answerer=self.answerer, gate=gate)
        self._turns[session_id].append(turn)
        accepted = asyncio.Event()
        task = asyncio.create_task(self._run(turn, accepted, origin=origin, frame_id=frame_id))
        self._tasks[task] = session_id
        task.add_done_callback(self._forget)
        await accepted.wait()

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]

    async def _run(self, turn: Turn, accepted: asyncio.Event, *, origin: str, frame_id: str) -> None:
        bind_ids(session=turn.session_id)
        began = time.perf_counter()
        try:
            async for event in run_turn(turn):
                if isinstance(event, TurnEnd):
                    ms = round((time.perf_counter() - began) * 1000, 1)
                    log.info("turn", extra={"state": event.state, "ms": ms})
                self._publish(turn.session_id, event, origin)
                accepted.set()
        except TurnError as error:
            self._refuse(turn, ErrorFrame(code=error.code, text=error.text, id=frame_id), origin)
        except Exception:
            log.exception("A turn of session %s failed", turn.session_id)
            text = "Something went wrong here. Try again."
            self._refuse(turn, ErrorFrame(code="server_error", text=text, retry=True, id=frame_id), origin)
            if turn.accepted is not None:  # every page of the session waits for an answer that will not come
                self.hub.publish(turn.session_id, TurnEnd(turn=str(turn.accepted.turn_id), state="incomplete"))
        finally:
            accepted.set()
            self._turns[turn.session_id].remove(turn)
            if not self._turns[turn.session_id]:
                del self._turns[turn.session_id]
                del self._gates[turn.session_id]

    def _publish(self, session_id: uuid.UUID, event: Event, origin: str) -> None:
        if isinstance(event, MessageAccepted):
            if origin:
                self.hub.publish(session_id, event, only=origin)
        else:
            self.hub.publish(session_id, event)

    def _refuse(self, turn: Turn, frame: ErrorFrame, origin: str) -> None:
        if origin:
            self.hub.publish(turn.session_id, frame, only=origin)


HUB = Hub()
RUNNER = Runner(HUB, answer)

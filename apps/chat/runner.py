"""Who owns running turns: this process, never a socket. An answer goes on when its shopper's connection drops."""

from __future__ import annotations

import asyncio
import logging
import math
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection
from functools import partial

from apps.accounts.database import DatabaseAway, in_database
from apps.catalog.engine.queries import SearchQuery
from apps.chat import leases, turn_store
from apps.chat.decide import answer
from apps.chat.events import ErrorFrame, MessageAccepted, TurnEnd
from apps.chat.hub import Hub
from apps.chat.turn import Answerer, Event, Turn, run_turn
from apps.chat.turn_records import Accepted, TurnError
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

    async def send(
        self, *, session_id: uuid.UUID, client_id: str, text: str, origin: str, photo: SearchQuery | None = None
    ) -> None:
        """Take a shopper's message from the socket named `origin`; returns when it is stored or refused.

        `photo`: what a photo that came with it found.
        """
        accept = partial(turn_store.accept, session_id=session_id, client_id=client_id, text=text, photo=photo)
        await self._start(session_id, accept, origin=origin, frame_id=client_id).wait()

    async def retry(self, *, session_id: uuid.UUID, turn_id: uuid.UUID, origin: str) -> None:
        """Answer a turn again that has no whole answer."""
        accept = partial(turn_store.accept_retry, session_id=session_id, turn_id=turn_id)
        await self._start(session_id, accept, origin=origin, frame_id=str(turn_id)).wait()

    def recover(self, session_id: uuid.UUID) -> None:
        """Answer whatever waits in a session whose lease this process has."""
        if session_id not in self._turns:
            accept = partial(turn_store.accept_waiting, session_id=session_id)
            self._start(session_id, accept, origin="", frame_id="")

    def stop(self, session_id: uuid.UUID, until: float = math.inf) -> None:
        """Stop every answer of the session to messages up to `until`, also those that wait for their turn."""
        for turn in self._turns.get(session_id, ()):
            turn.stop(until)

    async def stop_wherever(self, session_id: uuid.UUID) -> None:
        """Stop the session's answers; those of another process within a beat of its watch."""
        if session_id in self._turns:
            self.stop(session_id)
        else:
            await in_database(leases.ask_to_stop)(session_id)

    @property
    def sessions(self) -> Collection[uuid.UUID]:
        """The sessions that have turns here."""
        return self._turns.keys()

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

    def _start(
        self, session_id: uuid.UUID, accept: Callable[[], Accepted], *, origin: str, frame_id: str
    ) -> asyncio.Event:
        """Begin a turn. The event: its message is stored or refused."""
        gate = self._gates.setdefault(session_id, asyncio.Lock())
        turn = Turn(session_id=session_id, accept=accept, answerer=self.answerer, gate=gate)
        self._turns[session_id].append(turn)
        accepted = asyncio.Event()
        task = asyncio.create_task(self._run(turn, accepted, origin=origin, frame_id=frame_id))
        self._tasks[task] = session_id
        task.add_done_callback(self._forget)
        return accepted

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
            self._refuse(
                turn, ErrorFrame(code=error.code, text=error.text, retry=error.retry, id=frame_id), origin
            )
        except DatabaseAway as error:
            log.warning("A turn of session %s waits for the database: %s", turn.session_id, error)
            if turn.accepted is None:  # else its answer is still owed: the watch takes it up again
                text = "It cannot be stored right now. It is sent again by itself."
                self._refuse(turn, ErrorFrame(code="unavailable", text=text, retry=True, id=frame_id), origin)
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
                if turn.more:  # another process has accepted a message meanwhile, and left its answer to us
                    self.recover(turn.session_id)

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

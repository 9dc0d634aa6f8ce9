"""One turn of talk: a shopper's message and all that answers it. The only loop there is.

    accept -> (gate: one answer at a time) -> open -> speak -> commit, where the owner is checked again -> end

A turn answers what waits in its session, oldest first, up to its own message: mostly that one alone.
Whoever runs it sees frames; nothing here knows about sockets.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal

from apps.chat import turn_store
from apps.chat.draft import Draft
from apps.chat.events import MessageAccepted, MessageDelta, MessageFrame, ToolState, TurnEnd
from apps.chat.llm.errors import LLMError
from apps.chat.parts import NoticePart
from apps.chat.patience import patiently
from apps.chat.steps import Answer, Say, Show, Step, ToolStep, TurnContext
from apps.chat.turn_records import Accepted, Opening
from eaichat.logs import bind_ids
from eaichat.telemetry import observe

log = logging.getLogger(__name__)

ANSWER_SECONDS = 120
# How long a database that is away is waited for. Nobody was promised anything before the acknowledgement: then the
# page is told soon, and sends its message again. After it, an answer is owed, and may be a long one.
ACCEPT_PATIENCE = 3.0
ANSWER_PATIENCE = 60.0
Event = MessageAccepted | MessageFrame | MessageDelta | ToolState | TurnEnd
Answerer = Callable[[TurnContext], Answer]

_CUT = NoticePart(code="answer_cut", text="The answer was cut off. You can try again.")
_FAILED = NoticePart(code="answer_failed", text="I could not answer that. You can try again.")
_STOPPED = NoticePart(code="answer_stopped", text="Stopped.")


@dataclass(eq=False)
class Turn:
    """A turn's state. `accept` stores or finds the shopper's message; `gate` lets one turn of a session answer.

    `opening` is what is being answered now. `more`: after it, the session waits for further answers.
    """

    session_id: uuid.UUID
    accept: Callable[[], Accepted]
    answerer: Answerer
    gate: asyncio.Lock
    accepted: Accepted | None = None
    opening: Opening | None = None
    draft: Draft = field(default_factory=Draft)
    more: bool = False
    stop_until: float = 0
    speaking: asyncio.Task[None] | None = None

    @property
    def stopped(self) -> bool:
        return self.opening is not None and self.opening.accepted.seq <= self.stop_until

    def stop(self, until: float = math.inf) -> None:
        """Say no more to messages up to the seq `until`.

        What was said stays, marked as incomplete, unless the commit finds that a person has it.
        """
        self.stop_until = max(self.stop_until, until)
        if self.speaking is not None and self.stopped:
            self.speaking.cancel()


async def run_turn(turn: Turn) -> AsyncIterator[Event]:
    """Everything that a turn tells. Raises, before the first event, when the message is not taken: TurnError when
    it is refused, DatabaseAway when nobody knows. A DatabaseAway later leaves the answer to the watch.
    """
    began = time.perf_counter()
    accepted = turn.accepted = await patiently(ACCEPT_PATIENCE, turn.accept)
    bind_ids(turn=accepted.turn_id)
    if accepted.frame.client_id is not None:
        yield MessageAccepted(id=accepted.frame.client_id, seq=accepted.seq, turn=str(accepted.turn_id))
    if not accepted.again:
        yield accepted.frame
    if accepted.elsewhere:
        return  # its answer reaches this process's pages by a nudge
    async with turn.gate:
        while True:
            opening = await patiently(ANSWER_PATIENCE, turn_store.open_turn, accepted, session_id=turn.session_id)
            if opening is None:
                yield TurnEnd(turn=str(accepted.turn_id), state="complete")
                return
            async with aclosing(_answer(turn, opening, began)) as events:
                async for event in events:
                    yield event
            if opening.accepted.turn_id == accepted.turn_id:
                return


async def _answer(turn: Turn, opening: Opening, began: float) -> AsyncGenerator[Event, None]:
    turn_id = opening.context.turn_id
    bind_ids(turn=turn_id)
    turn.opening, turn.draft, turn.speaking, turn.more = opening, Draft(), None, False
    turn.stop(opening.stop_until)
    timings: dict[str, float] = {"opened": _ms(began)}
    state: Literal["complete", "incomplete"] = "complete"
    try:
        async for step in _speak(turn, opening):
            turn.draft.add(step)
            if isinstance(step, Say):
                timings.setdefault("first", _ms(began))
                yield MessageDelta(turn=turn_id, text=step.text)
            elif isinstance(step, ToolStep):
                yield ToolState(turn=turn_id, name=step.name, state=step.state)
    except _UnfinishedError as error:
        state = "incomplete"
        opening.context.record["error"] = error.code
    if turn.stopped:
        state = "incomplete"
    _close(turn, state)
    timings["spoken"] = _ms(began)
    stored = await patiently(
        ANSWER_PATIENCE,
        turn_store.commit_answer,
        opening,
        turn.draft,
        complete=state == "complete",
        record=_record(opening, timings),
    )
    if stored is None:
        yield TurnEnd(turn=turn_id, state="discarded")
        return
    turn.more = stored.more
    yield stored.frame
    yield TurnEnd(turn=turn_id, state=state, message_id=stored.frame.id)


class _UnfinishedError(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def _speak(turn: Turn, opening: Opening) -> AsyncIterator[Step]:
    """The answer's steps, until it ends or is stopped. Raises _UnfinishedError when the answerer fails.

    The answerer runs in a task of its own: stopping it is cancelling that task, which closes a model's connection,
    and never touches a commit.
    """
    if turn.stopped:
        return
    if opening.hopeless:
        raise _UnfinishedError("given_up")
    steps: asyncio.Queue[Step | None] = asyncio.Queue()
    turn.speaking = asyncio.create_task(_pump(turn.answerer, opening.context, steps))
    turn.speaking.add_done_callback(lambda _: steps.put_nowait(None))
    try:
        while (step := await steps.get()) is not None:
            if not turn.stopped:
                yield step
        if not turn.speaking.cancelled():
            error = turn.speaking.exception()
            if isinstance(error, TimeoutError):
                raise _UnfinishedError("timeout") from error
            if isinstance(error, LLMError):
                raise _UnfinishedError(error.code) from error
            if error is not None:
                log.error("An answer failed", exc_info=error)
                raise _UnfinishedError("failed") from error
    finally:
        turn.speaking.cancel()


async def _pump(answerer: Answerer, context: TurnContext, steps: asyncio.Queue[Step | None]) -> None:
    with observe(
        "turn",
        "agent",
        input=context.text,
        session_id=context.session_id,
        user_id=context.visitor,
        metadata={"store": context.store_id, "mode": context.mode},
    ) as observation:
        context.record["trace_id"] = observation.trace_id
        said: list[str] = []
        async with asyncio.timeout(ANSWER_SECONDS):
            async for step in answerer(context):
                if isinstance(step, Say):
                    said.append(step.text)
                steps.put_nowait(step)
        observation.update(output="".join(said))


def _close(turn: Turn, state: str) -> None:
    """An answer never ends in nothing: what is missing is said."""
    parts = turn.draft.parts
    if turn.stopped:
        if not parts:
            turn.draft.add(Show(_STOPPED))
    elif state == "incomplete":
        turn.draft.add(Show(_CUT if parts else _FAILED))


def _record(opening: Opening, timings: dict[str, float]) -> dict[str, Any]:
    context = opening.context
    return {"mode": context.mode, "tools": context.tools.calls, "ms": timings, **context.record}


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 1)

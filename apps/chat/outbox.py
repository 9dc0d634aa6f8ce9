"""One socket's way out: a queue, and one task that empties it in order.

Frames of a running turn come in by the hub; nudges come in as `NEWS` and `CART` and are answered by reading. What
the client has seen is counted here: a message goes out once and in the order of `seq`, whichever way it came.
Every turn that the client has heard of ends for it, also one that another process answers.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum

from pydantic import BaseModel

from apps.accounts.database import DatabaseAway
from apps.accounts.models import Store
from apps.chat import reading, wire
from apps.chat.events import (
    CartFrame,
    ErrorFrame,
    MessageAccepted,
    MessageDelta,
    MessageFrame,
    ModeFrame,
    ModeName,
    OwnerFrame,
    ToolState,
    TurnEnd,
)
from apps.chat.hub import Subscriber
from apps.chat.parts import Cart
from apps.chat.patience import patiently
from apps.chat.reading import News
from apps.chat.runner import HUB, RUNNER

log = logging.getLogger(__name__)


ARRIVAL_PATIENCE = 60.0  # seconds: nothing else can be told before that
NEWS_PATIENCE = 2.0  # seconds: then what else is to be told has its turn, and the news are read after it
LOOK_EVERY = (
    2.0  # seconds between looks at a turn that is awaited in silence: a nudge may be lost, a process may die
)
TRY_AGAIN = 4503


class Signal(Enum):
    NEWS = "read what is new in the session"
    CART = "read the cart"
    CLOSE = "close the socket"


NEWS, CART, CLOSE = Signal.NEWS, Signal.CART, Signal.CLOSE


@dataclass(frozen=True)
class Here:
    """The page has come to a session. `turn` is being answered, `said` is its text so far."""

    session_id: uuid.UUID
    after: int
    turn: str | None
    said: str


@dataclass(frozen=True)
class Belated:
    """How a turn has ended, unless the hub has said so: its word was put into the queue before this."""

    end: TurnEnd


@dataclass
class Shown:
    """What the client knows."""

    seq: int = 0
    owner: OwnerFrame | None = None
    mode: ModeName | None = None
    cart: Cart | None = None


class Outbox:
    """`send` puts a text frame on the socket, `close` ends it with a code."""

    def __init__(
        self, store: Store, send: Callable[[str], Awaitable[None]], close: Callable[[int], Awaitable[None]]
    ) -> None:
        self._store = store
        self._send = send
        self._close = close
        self._queue: asyncio.Queue[object] = asyncio.Queue()
        self._waiting: set[Signal] = set()
        self._subscriber: Subscriber | None = None
        self._visitor = uuid.UUID(int=0)
        self._shown = Shown()
        self._awaited: set[str] = set()  # turns that the client waits for
        self._muted: str | None = None  # the turn whose whole answer went out before its last deltas

    @property
    def name(self) -> str:
        """The socket's name at the hub."""
        return self._subscriber.name if self._subscriber is not None else ""

    def put(self, item: BaseModel | Signal) -> None:
        """Send a frame, or do what a signal says, after everything that was put before."""
        if isinstance(item, Signal):
            if item in self._waiting:
                return
            self._waiting.add(item)
        self._queue.put_nowait(item)

    def come_to(self, *, session_id: uuid.UUID, visitor: uuid.UUID, after: int) -> None:
        """From now on this is a page of that session. No await between subscribing and looking at the turn."""
        self.leave()
        self._visitor = visitor
        self._subscriber = Subscriber(session_id=session_id, inbox=self._queue)
        turn = RUNNER.speaking(session_id)
        said = turn.draft.streamed if turn is not None else ""
        turn_id = turn.opening.context.turn_id if turn is not None and turn.opening is not None else None
        self._queue.put_nowait(Here(session_id=session_id, after=after, turn=turn_id, said=said))
        HUB.subscribe(self._subscriber)

    def leave(self) -> None:
        if self._subscriber is not None:
            HUB.unsubscribe(self._subscriber)
            self._subscriber = None

    async def run(self) -> None:
        """Empty the queue until cancelled or closed."""
        while True:
            item = await self._next()
            if isinstance(item, Signal):
                self._waiting.discard(item)
            if item is CLOSE:
                await self._close(4408)
                return
            try:
                await self._handle(item)
            except Exception as error:
                if await self._failed(item, error):
                    return

    async def _failed(self, item: object, error: Exception) -> bool:
        """Make up for what could not be told. Whether that is by the page's next connection."""
        if isinstance(error, DatabaseAway):
            log.debug("A page waits for the database: %s", error)  # each of them, every two seconds
        else:
            log.error("A socket could not be told", exc_info=error)
        if isinstance(item, Here):  # else the page would go on in the session that it knows, and we in another
            await self._close(TRY_AGAIN)
            return True
        if isinstance(error, DatabaseAway):
            self.put(CART if item is CART else NEWS)
        else:
            await self._write(ErrorFrame(code="server_error", text="Something went wrong here.", retry=True))
        return False

    async def _next(self) -> object:
        if not self._awaited:
            return await self._queue.get()
        try:
            async with asyncio.timeout(LOOK_EVERY):
                return await self._queue.get()
        except TimeoutError:
            return NEWS

    async def _handle(self, item: object) -> None:
        if isinstance(item, MessageDelta | ToolState):
            if item.turn != self._muted:
                await self._write(item)
        elif isinstance(item, MessageFrame):
            await self._message(item)
        elif isinstance(item, MessageAccepted):
            await self._accepted(item)
        elif isinstance(item, TurnEnd):
            if item.turn == self._muted:
                self._muted = None
            await self._end(item)
        elif isinstance(item, Belated):
            if item.end.turn in self._awaited:
                await self._end(item.end)
        elif item is NEWS:
            await self._news()
        elif item is CART:
            cart = await patiently(NEWS_PATIENCE, wire.cart_now, store=self._store, visitor=self._visitor)
            await self._cart(CartFrame(cart=cart))
        elif isinstance(item, CartFrame):
            await self._cart(item)
        elif isinstance(item, Here):
            await self._arrive(item)
        elif isinstance(item, BaseModel):
            await self._write(item)

    async def _write(self, frame: BaseModel) -> None:
        await self._send(frame.model_dump_json())

    async def _arrive(self, here: Here) -> None:
        if self._subscriber is None or self._subscriber.session_id != here.session_id:
            return  # it has already gone on to another one
        found = await patiently(ARRIVAL_PATIENCE, reading.arrival, session_id=here.session_id, after=here.after)
        running = here.turn or found.turn
        if any(frame.turn == running and _is_whole_answer(frame) for frame in found.messages):
            running = None  # its answer was stored while we read
        ready = found.ready.model_copy(update={"turn": running})
        self._shown = Shown(seq=min(here.after, ready.seq), owner=found.owner, mode=ready.mode, cart=ready.cart)
        await self._write(ready)
        if found.owner.position is not None:
            await self._write(found.owner)
        for frame in found.messages:
            await self._message(frame, gap=True)
        self._shown.seq = max(self._shown.seq, ready.seq)
        if here.said and running is not None:
            await self._write(MessageDelta(turn=running, text=here.said))
        self._awaited = {running} if running is not None else set()

    async def _news(self) -> None:
        subscriber = self._subscriber
        if subscriber is None:
            return
        session_id, seen = subscriber.session_id, self._shown.seq
        found = await patiently(NEWS_PATIENCE, reading.news, session_id=session_id, seen=seen)
        for frame in found.messages:
            await self._message(frame, gap=True)
        if found.owner != self._shown.owner:
            self._shown.owner = found.owner
            await self._write(found.owner)
        if found.mode != self._shown.mode:
            self._shown.mode = found.mode
            await self._write(ModeFrame(mode=found.mode))
        if found.owner.owner == "agent":
            RUNNER.stop(session_id)  # nobody will hear the rest; the commit discards what was said
        if session_id not in RUNNER.sessions:  # else the hub tells how turns end
            for end in self._ends(found):
                self._queue.put_nowait(Belated(end))

    def _ends(self, found: News) -> list[TurnEnd]:
        """How turns that the client waits for have ended, as far as the database knows."""
        ends = [
            TurnEnd(turn=frame.turn, state="complete" if frame.complete else "incomplete", message_id=frame.id)
            for frame in found.messages
            if frame.turn in self._awaited and frame.author.kind == "assistant"
        ]
        if not found.owed:
            ends += [
                TurnEnd(turn=turn, state="complete" if found.assistant else "discarded") for turn in self._awaited
            ]
        return ends

    async def _end(self, frame: TurnEnd) -> None:
        self._awaited.discard(frame.turn)
        await self._write(frame)

    async def _message(self, frame: MessageFrame, *, gap: bool = False) -> None:
        """`gap`: it was read from the database, so nothing can be missing before it."""
        if frame.seq <= self._shown.seq:
            return
        if not gap and frame.seq > self._shown.seq + 1:
            await self._news()
            return
        self._shown.seq = frame.seq
        if gap and _is_whole_answer(frame):
            self._muted = frame.turn  # deltas of it that still wait in the queue are old news
        if frame.turn is not None and frame.author.kind == "shopper":
            self._awaited.add(frame.turn)
        await self._write(frame)

    async def _accepted(self, frame: MessageAccepted) -> None:
        if frame.seq > self._shown.seq + 1:
            await self._news()
        self._shown.seq = max(self._shown.seq, frame.seq)
        self._awaited.add(frame.turn)
        await self._write(frame)

    async def _cart(self, frame: CartFrame) -> None:
        if frame.id is None and frame.cart == self._shown.cart:
            return
        self._shown.cart = frame.cart
        await self._write(frame)


def _is_whole_answer(frame: MessageFrame) -> bool:
    return frame.author.kind == "assistant" and frame.complete

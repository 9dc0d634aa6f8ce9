"""A chat server for the widget's own tests: speaks `apps.chat.events` over a real socket, no database behind it.

Every frame from the widget is checked against the strict models: one that sends anything else fails its test.
What the shopper says picks the answer (see `fake_shop.answer_to`); a test may also push any frame by itself.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel, ValidationError
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from apps.accounts.tests.machine import PATIENCE_S
from apps.chat import events, parts
from apps.chat.tests.widget.fake_shop import PRODUCTS, answer_to, cart_of
from apps.chat.tests.widget.fake_site import FakeSite


@dataclass
class Session:
    """One conversation: its messages in order, and who answers."""

    id: str
    messages: list[events.MessageFrame] = field(default_factory=list)
    owner: events.OwnerName = "assistant"
    mode: events.ModeName = "intent"
    cart: parts.Cart = field(default_factory=parts.Cart)
    turns: int = 0

    @property
    def seq(self) -> int:
        return len(self.messages)


class FakeChat(FakeSite):
    """Serves pages, the widget's script and its socket on one port of loopback, from a thread of its own."""

    def __init__(self) -> None:
        self.received: list[events.ClientFrame] = []
        self.broken: list[str] = []
        self.sessions: dict[str, Session] = {}
        self.sockets: dict[ServerConnection, Session] = {}
        self.gate = threading.Event()  # an answer to "slow" goes on when this is set
        self.llm_available = False
        self.photos = False
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._signatures = itertools.count(1)  # the real server signs a token anew at every hello
        self._server: Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- life ---
    def start(self) -> None:
        self._thread.start()
        self._do(self.up)

    def finish(self) -> None:
        self._do(self._close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    port = 0

    async def up(self) -> None:
        self._server = await serve(self._talk, "127.0.0.1", self.port, process_request=self.http)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def down(self) -> None:
        """Drops every socket and refuses new ones until `up`."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.down()
        await self._loop.shutdown_default_executor()

    def _do(self, work: Callable[[], object]) -> None:
        asyncio.run_coroutine_threadsafe(work(), self._loop).result(PATIENCE_S)  # type: ignore[arg-type]  # always async

    def go_down(self) -> None:
        self._do(self.down)

    def come_up(self) -> None:
        self._do(self.up)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # --- what tests do ---
    def push(self, *frames: BaseModel) -> None:
        """Sends frames to every open socket, in order."""

        async def send() -> None:
            for socket in list(self.sockets):
                for frame in frames:
                    await socket.send(frame.model_dump_json())

        self._do(send)

    def push_message(self, author: events.Author, *content: parts.Part, turn: str | None = None) -> None:
        """Appends a message to the newest session and sends it."""
        session = next(reversed(self.sessions.values()))
        self.push(self._append(session, author, [*content], turn=turn))

    def set_owner(
        self,
        owner: events.OwnerName,
        *,
        agent: str | None = None,
        position: int | None = None,
        online: bool | None = None,
    ) -> None:
        for session in self.sessions.values():
            session.owner = owner
        self.push(events.OwnerFrame(owner=owner, agent=agent, position=position, online=online))

    def frames(self, kind: type[BaseModel]) -> list[BaseModel]:
        return [frame for frame in self.received if isinstance(frame, kind)]

    def hears(self, kind: type[BaseModel], *, times: int = 1) -> bool:
        """Whether so many frames of that kind have come, or come."""
        end = time.monotonic() + PATIENCE_S
        while len(self.frames(kind)) < times and time.monotonic() < end:
            time.sleep(0.01)
        return len(self.frames(kind)) >= times

    # --- socket ---
    def config(self) -> events.Config:
        return events.Config(
            store="Corner Shop",
            greeting="Hi! What are you looking for today?",
            accent="#0f766e",
            currency="USD",
            suggestions=["A warm jacket under $60", "Where is my order?", "What do you have for the kitchen?"],
            llm_available=self.llm_available,
            photos=self.photos,
        )

    async def _talk(self, socket: ServerConnection) -> None:
        try:
            async for data in socket:
                try:
                    frame = events.CLIENT_FRAME.validate_json(data)
                except ValidationError as error:
                    self.broken.append(f"{data!r}: {error}")
                    continue
                self.received.append(frame)
                await self._handle(socket, frame)
        except ConnectionClosed:
            pass
        finally:
            self.sockets.pop(socket, None)

    async def _handle(self, socket: ServerConnection, frame: events.ClientFrame) -> None:
        if isinstance(frame, events.Hello):
            return await self._hello(socket, frame)
        if isinstance(frame, events.Ping):
            return await self._send(socket, events.Pong())
        session = self.sockets[socket]
        match frame:
            case events.SessionNew():
                fresh = self._open(cart=session.cart)
                self.sockets[socket] = fresh
                await self._send(socket, self._ready(fresh))
            case events.MessageSend():
                await self._accept(socket, session, frame)
            case events.MessageRetry():
                self._answer_in_background(session, frame.turn, "jacket")
            case events.MessageStop():
                self.gate.set()
            case events.ModeSet():
                session.mode = frame.mode
                await self._send(socket, events.ModeFrame(mode=frame.mode))
            case events.CartUpdate():
                await self._change_cart(socket, session, frame)
            case events.HandoffRequest():
                session.owner = "queue"
                await self._send(socket, events.OwnerFrame(owner="queue", position=2, online=True))
            case events.HandoffLeave():
                session.owner = "assistant"
                await self._send(socket, events.OwnerFrame(owner="assistant"))
            case events.Typing():
                pass
        return None

    async def _hello(self, socket: ServerConnection, hello: events.Hello) -> None:
        session = self._of_token(hello.token or "")
        if hello.token and session is None:
            error = events.ErrorFrame(code="expired_token", text="This conversation has expired.")
            return await self._send(socket, error)
        session = session or self._open()
        self.sockets[socket] = session
        await self._send(socket, self._ready(session))
        for message in session.messages[hello.after :]:
            await self._send(socket, message)
        return None

    def _of_token(self, token: str) -> Session | None:
        return self.sessions.get(token.partition(".")[0])

    def _open(self, cart: parts.Cart | None = None) -> Session:
        number = len(self.sessions) + 1
        session = Session(id=f"s{number}", cart=cart or parts.Cart())
        self.sessions[session.id] = session
        return session

    def _ready(self, session: Session) -> events.Ready:
        return events.Ready(
            session=session.id,
            token=f"{session.id}.{next(self._signatures)}",
            owner=session.owner,
            mode=session.mode,
            seq=session.seq,
            cart=session.cart,
            config=self.config(),
        )

    def _append(
        self,
        session: Session,
        author: events.Author,
        content: list[parts.Part],
        *,
        turn: str | None = None,
        client_id: str | None = None,
        complete: bool = True,
    ) -> events.MessageFrame:
        message = events.MessageFrame(
            seq=session.seq + 1,
            id=f"{session.id}-m{session.seq + 1}",
            turn=turn,
            client_id=client_id,
            author=author,
            parts=content,
            complete=complete,
            at=datetime.now(UTC).isoformat(),
        )
        session.messages.append(message)
        return message

    async def _accept(self, socket: ServerConnection, session: Session, frame: events.MessageSend) -> None:
        known = next((m for m in session.messages if m.client_id == frame.id), None)
        if known is not None:
            return await self._send(
                socket, events.MessageAccepted(id=frame.id, seq=known.seq, turn=known.turn or "")
            )
        if "refuse" in frame.text:
            error = events.ErrorFrame(code="too_fast", text="Too many messages at once.", retry=True, id=frame.id)
            return await self._send(socket, error)
        if frame.photo and "too late" in frame.text:
            error = events.ErrorFrame(code="photo_gone", text="The photo is not here any more.", id=frame.id)
            return await self._send(socket, error)
        if "outage" in frame.text and len(self.frames(events.MessageSend)) == 1:
            await self._wait()
            text = "It cannot be stored right now. It is sent again by itself."
            error = events.ErrorFrame(code="unavailable", text=text, retry=True, id=frame.id)
            return await self._send(socket, error)
        session.turns += 1
        turn = f"{session.id}-t{session.turns}"
        shopper = events.Author(kind="shopper")
        photo: list[parts.Part] = [parts.PhotoPart()] if frame.photo else []
        content = [*photo, parts.TextPart(text=frame.text)]
        message = self._append(session, shopper, content, turn=turn, client_id=frame.id)
        await self._send(socket, events.MessageAccepted(id=frame.id, seq=message.seq, turn=turn))
        await self._tell(session, message, skip=socket)
        if session.owner == "assistant":
            self._answer_in_background(session, turn, "jacket" if frame.photo else frame.text)
        return None

    def _answer_in_background(self, session: Session, turn: str, text: str) -> None:
        task = self._loop.create_task(self._answer_turn(session, turn, text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_turn(self, session: Session, turn: str, text: str) -> None:
        assistant = events.Author(kind="assistant", name="Assistant")
        if "search" in text or "slow" in text:
            await self._tell(session, events.ToolState(turn=turn, name="search_products", state="started"))
        if "search" in text:
            await self._wait()
        words, content = answer_to(text)
        for part in content:
            if isinstance(part, parts.CartPart) and part.cart is not None:
                session.cart = part.cart
                await self._tell(session, events.CartFrame(cart=part.cart))
        for word in words.split(" "):
            await self._tell(session, events.MessageDelta(turn=turn, text=word + " "))
            await asyncio.sleep(0.01)
            if "slow" in text and word.endswith("."):
                await self._wait()
                break
        complete = "slow" not in text
        spoken = words if complete else words.partition(".")[0] + "."
        content = [parts.TextPart(text=spoken), *content] if complete else [parts.TextPart(text=spoken)]
        message = self._append(session, assistant, content, turn=turn, complete=complete)
        await self._tell(session, message)
        state = events.TurnEnd(turn=turn, state="complete" if complete else "incomplete", message_id=message.id)
        await self._tell(session, state)

    async def _wait(self) -> None:
        await asyncio.to_thread(self.gate.wait, PATIENCE_S)
        self.gate.clear()

    async def _change_cart(self, socket: ServerConnection, session: Session, frame: events.CartUpdate) -> None:
        card = PRODUCTS.get(frame.product)
        if card is None:
            error = events.ErrorFrame(code="unknown_product", text="This product is gone.", id=frame.id)
            return await self._send(socket, error)
        quantities = {line.product.product_id: line.quantity for line in session.cart.lines}
        quantities[frame.product] = frame.quantity
        session.cart = cart_of({key: count for key, count in quantities.items() if count})
        await self._send(socket, events.CartFrame(id=frame.id, cart=session.cart))
        return await self._tell(session, events.CartFrame(cart=session.cart), skip=socket)

    async def _tell(self, session: Session, frame: BaseModel, skip: ServerConnection | None = None) -> None:
        """Sends to every page of the session but `skip`."""
        for socket, its in list(self.sockets.items()):
            if its is session and socket is not skip:
                await self._send(socket, frame)

    async def _send(self, socket: ServerConnection, frame: BaseModel) -> None:
        try:
            await socket.send(frame.model_dump_json())
        except ConnectionClosed:
            return


@contextmanager
def running() -> Iterator[FakeChat]:
    server = FakeChat()
    server.start()
    try:
        yield server
    finally:
        server.gate.set()
        server.finish()

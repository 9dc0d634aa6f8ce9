"""The shopper's socket: it checks who comes, reads frames, and hands out what happens in the session.

Everything that goes out passes one queue (`outbox.py`), so that frames of a turn, nudges and answers to frames
never overtake each other.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from asgiref.typing import WebSocketConnectEvent, WebSocketDisconnectEvent, WebSocketReceiveEvent
from channels.exceptions import StopConsumer
from django.conf import settings

from apps.accounts import live, origins
from apps.accounts.addresses import client_address, requested_host
from apps.accounts.buckets import Bucket
from apps.accounts.database import DatabaseAway, in_database
from apps.accounts.limits import LIMITS, Limit, in_words, party
from apps.accounts.live.socket import LiveSocket
from apps.accounts.models import Store
from apps.chat import cart, events, handoff, incoming, nudge, photos, reading
from apps.chat.events import ErrorFrame
from apps.chat.limits import CONVERSATIONS, MESSAGES, OPEN_SOCKETS, SOCKETS
from apps.chat.outbox import CART, CLOSE, NEWS, Outbox
from apps.chat.runner import RUNNER
from apps.chat.sessions import SessionError
from eaichat.logs import bind_ids

log = logging.getLogger(__name__)

HELLO_SECONDS = 30.0
DELAYED = events.Notice(code="updates_delayed", text="Replies may take a little longer right now.", stays=True)
TOO_MANY = 4429


class ChatConsumer(LiveSocket):
    """`/ws/chat/<store's public key>/`."""

    store: Store
    outbox: Outbox
    writer: asyncio.Task[None]
    hello_timer: asyncio.TimerHandle

    def __init__(self) -> None:
        super().__init__()
        self.session_id: uuid.UUID | None = None
        self.visitor = uuid.UUID(int=0)
        self.party = ""
        self.counted = False
        self.openings = Bucket(per_second=0.2, burst=10)
        self.frames = Bucket(per_second=max(20.0, settings.CHAT_MESSAGES_PER_MINUTE / 30), burst=100)

    async def __call__(self, *connection: Any) -> None:
        """Serve one socket (scope, receive, send)."""
        try:
            await super().__call__(*connection)
        finally:
            # The server kills whom it cannot end in time (a handler that waits for a lock): websocket_disconnect
            # never comes then, and the hub would fill this inbox for as long as the process lives.
            await self._go()

    # --- the socket ---------------------------------------------------------------------------------------
    async def websocket_connect(self, message: WebSocketConnectEvent) -> None:
        self.party = party(client_address(self.scope))
        if not await self._may_open():
            return
        headers = {name: value.decode("latin-1") for name, value in self.scope["headers"]}
        try:
            store = await in_database(reading.store_of)(self.scope["url_route"]["kwargs"]["public_key"])
        except DatabaseAway as error:
            log.warning("A socket is refused: %s", error)
            await self.close()
            return
        origin = headers.get(b"origin")
        if store is None or not origins.may_talk(store=store, origin=origin, host=requested_host(self.scope)):
            log.info("A socket of origin %s is refused", origin)
            await self.close()
            return
        self.store = store
        self.outbox = Outbox(store, self._write, self._hang_up)
        self.writer = asyncio.create_task(self.outbox.run())
        self.hello_timer = asyncio.get_running_loop().call_later(HELLO_SECONDS, self.outbox.put, CLOSE)
        await self.accept()

    async def _may_open(self) -> bool:
        """Whether the client's address may have one more socket; it is told why not."""
        self.counted = OPEN_SOCKETS.open(self.party)
        wait = await self._wait(SOCKETS) if self.counted else float(SOCKETS.seconds)
        if wait:
            await self.accept()  # a refused handshake says nothing
            text = f"Too many chats are open in your network. Try again {in_words(wait)}."
            await self._write(ErrorFrame(code="rate_limited", text=text, retry=True).model_dump_json())
            await self._hang_up(TOO_MANY)
        return not wait

    async def _wait(self, limit: Limit) -> float:
        """Seconds until the client's address may do this again; 0: now."""
        return await LIMITS.take(limit, self.party) if self.party else 0.0

    async def websocket_receive(self, message: WebSocketReceiveEvent) -> None:
        if not self.frames.take():
            self._error("rate_limited", "Too much at once. Wait a moment.", retry=True)
            return
        frame: events.ClientFrame | None = None
        try:
            frame = incoming.parse(message.get("text"))
            await self._receive(frame)
        except incoming.FrameError as error:
            self.outbox.put(error.frame)
        except DatabaseAway as error:
            log.warning("A frame waits for the database: %s", error)
            text = "This cannot be stored right now. Try again in a moment."
            self._error("unavailable", text, retry=True, frame_id=getattr(frame, "id", None))
        except Exception:
            log.exception("A frame could not be handled")
            text = "Something went wrong here. Try again."
            self._error("server_error", text, retry=True, frame_id=getattr(frame, "id", None))

    async def websocket_disconnect(self, message: WebSocketDisconnectEvent) -> None:
        raise StopConsumer

    async def _go(self) -> None:
        if self.counted:
            OPEN_SOCKETS.close(self.party)
        if hasattr(self, "writer"):
            self.hello_timer.cancel()
            self.outbox.leave()
            self.writer.cancel()

    async def _write(self, text: str) -> None:
        await self.send(text_data=text)

    async def _hang_up(self, code: int) -> None:
        await self.close(code=code)

    def _error(self, code: str, text: str, *, retry: bool = False, frame_id: str | None = None) -> None:
        self.outbox.put(ErrorFrame(code=code, text=text, retry=retry, id=frame_id))

    # --- nudges -------------------------------------------------------------------------------------------
    async def session_changed(self, message: Mapping[str, Any]) -> None:
        if message.get("by") != nudge.PROCESS:
            self.outbox.put(NEWS)

    async def cart_changed(self, message: Mapping[str, Any]) -> None:
        self.outbox.put(CART)

    async def agent_typing(self, message: Mapping[str, Any]) -> None:
        self.outbox.put(events.AgentTyping(agent=message["agent"]))

    async def shopper_typing(self, message: Mapping[str, Any]) -> None:
        """The desk listens to the same group; a shopper's page has nothing to show."""

    async def live_missed(self, message: Mapping[str, Any]) -> None:
        self.outbox.put(NEWS)
        self.outbox.put(CART)

    async def live_delayed(self, message: Mapping[str, Any]) -> None:
        self.outbox.put(DELAYED)

    async def live_prompt(self, message: Mapping[str, Any]) -> None:
        self.outbox.put(events.NoticeEnd(code=DELAYED.code))

    # --- frames -------------------------------------------------------------------------------------------
    async def _receive(self, frame: events.ClientFrame) -> None:
        if isinstance(frame, events.Ping):
            self.outbox.put(events.Pong())
        elif isinstance(frame, events.Hello):
            await self._hello(frame)
        elif self.session_id is None:
            self._error("hello_first", "Say hello before anything else.")
        else:
            await self._in_session(frame, self.session_id)

    async def _hello(self, frame: events.Hello) -> None:
        if frame.v != events.PROTOCOL_VERSION:
            self._error("bad_version", f"This server speaks version {events.PROTOCOL_VERSION}.")
            return
        if frame.token is None and not await self._may_begin():
            return
        try:
            session_id, visitor = await in_database(reading.enter)(store=self.store, token=frame.token)
        except SessionError as error:
            self._error(error.code, error.text)
            return
        self.hello_timer.cancel()
        self._come_to(session_id, visitor, after=frame.after if frame.token else 0)

    async def _may_begin(self) -> bool:
        """Whether one more conversation may begin here; the client is told why not."""
        wait = 0.0 if self.openings.take() else self.openings.wait()
        wait = wait or await self._wait(CONVERSATIONS)
        if wait:
            self._error("rate_limited", f"Too many conversations. Try again {in_words(wait)}.", retry=True)
        return not wait

    def _come_to(self, session_id: uuid.UUID, visitor: uuid.UUID, *, after: int) -> None:
        self.leave_all()
        bind_ids(session=session_id)
        self.session_id, self.visitor = session_id, visitor
        for group in (nudge.chat_group(session_id), nudge.cart_group(visitor), nudge.typing_group(session_id)):
            self.join(group)
        self.join(live.EVERYBODY)
        self.outbox.come_to(session_id=session_id, visitor=visitor, after=after)
        if live.is_delayed():
            self.outbox.put(DELAYED)

    async def _in_session(self, frame: events.ClientFrame, session_id: uuid.UUID) -> None:
        if isinstance(frame, events.MessageSend):
            await self._message(frame, session_id)
        elif isinstance(frame, events.MessageStop):
            await RUNNER.stop_wherever(session_id)
        elif isinstance(frame, events.MessageRetry):
            await self._retry(frame, session_id)
        elif isinstance(frame, events.CartUpdate):
            await self._cart(frame)
        elif isinstance(frame, events.ModeSet):
            await self._mode(frame, session_id)
        elif isinstance(frame, events.HandoffRequest | events.HandoffLeave):
            await self._handoff(frame, session_id)
        elif isinstance(frame, events.Typing):
            nudge.shopper_typing(session_id=session_id)
        elif isinstance(frame, events.SessionNew):
            await self._begin_anew(session_id)

    async def _begin_anew(self, session_id: uuid.UUID) -> None:
        if not await self._may_begin():
            return
        await RUNNER.stop_wherever(session_id)
        session_id = await in_database(reading.begin_anew)(session_id=session_id)
        self._come_to(session_id, self.visitor, after=0)

    async def _message(self, frame: events.MessageSend, session_id: uuid.UUID) -> None:
        text = incoming.clean_text(frame.text, frame.id, beside_photo=frame.photo is not None)
        try:
            photo = photos.read_note(frame.photo, session_id=session_id) if frame.photo is not None else None
        except photos.PhotoError as error:
            photo = await in_database(photos.stored_with)(session_id=session_id, client_id=frame.id)
            if photo is None:
                self._error(error.code, error.text, frame_id=frame.id)
                return
        if not await self._may_say(session_id, frame.id):
            return
        await RUNNER.send(
            session_id=session_id, client_id=frame.id, text=text, photo=photo, origin=self.outbox.name
        )

    async def _may_say(self, session_id: uuid.UUID, frame_id: str) -> bool:
        wait = await LIMITS.take(MESSAGES, str(session_id))
        if wait:
            text = f"Too many messages. Try again {in_words(wait)}."
            self._error("rate_limited", text, retry=True, frame_id=frame_id)
        return not wait

    async def _retry(self, frame: events.MessageRetry, session_id: uuid.UUID) -> None:
        try:
            turn_id = uuid.UUID(frame.turn)
        except ValueError:
            self._error("nothing_to_retry", "There is nothing to answer again.", frame_id=frame.turn)
            return
        if not await self._may_say(session_id, frame.turn):
            return
        await RUNNER.retry(session_id=session_id, turn_id=turn_id, origin=self.outbox.name)

    async def _cart(self, frame: events.CartUpdate) -> None:
        try:
            now = await in_database(cart.set_quantity)(
                store=self.store, visitor=self.visitor, product_id=frame.product, quantity=frame.quantity
            )
        except cart.CartError as error:
            self._error(error.code, error.text, retry=error.retryable, frame_id=frame.id)
            return
        self.outbox.put(events.CartFrame(id=frame.id, cart=now))

    async def _mode(self, frame: events.ModeSet, session_id: uuid.UUID) -> None:
        try:
            await in_database(reading.set_mode)(session_id=session_id, mode=frame.mode)
        except reading.ModeUnavailableError:
            self._error("mode_unavailable", "This store has no language model set up.")

    async def _handoff(self, frame: events.HandoffRequest | events.HandoffLeave, session_id: uuid.UUID) -> None:
        try:
            if isinstance(frame, events.HandoffRequest):
                await RUNNER.quiet(session_id)  # what was said so far stays, before the line that says who comes
                await in_database(handoff.ask)(session_id=session_id, reason=frame.reason)
            else:
                await in_database(handoff.leave)(session_id=session_id)
        except handoff.HandoffError as error:
            self._error(error.code, error.text)

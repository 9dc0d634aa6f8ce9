"""The desk's socket: tells a member of staff what happens in the queues and in the conversation they look at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from pydantic import ValidationError

from apps.accounts import live
from apps.accounts.addresses import requested_host
from apps.accounts.database import in_database
from apps.accounts.live.socket import LiveSocket
from apps.accounts.models import User
from apps.chat import nudge
from apps.hitl import frames, live_pages, nudges, presence, services
from apps.hitl.access import answerable_stores
from apps.hitl.errors import DeskError
from apps.hitl.inbox import waiting_count

REFUSED = 4403
DELAYED = frames.LiveUpdates(
    delayed=True, text="Live updates are slow. This page looks for news every few seconds."
)
READ_AGAIN_S = presence.BEAT_EVERY.total_seconds() + 5  # a page that pings never gets this old


class DeskConsumer(LiveSocket):
    """One desk page. A logout or a lost role ends it within a beat: the person is read again at every ping, and a
    page that does not ping is told nothing before that has been done."""

    async def dispatch(self, message: Mapping[str, Any]) -> None:
        is_nudge = not message["type"].startswith("websocket.")
        if is_nudge and time.monotonic() - self.read_at > READ_AGAIN_S and not await self._read_again():
            return
        await super().dispatch(message)

    async def connect(self) -> None:
        self.read_at = time.monotonic()
        self.watches_queue = False
        self.last_queue = ""
        self.conversation: UUID | None = None
        self.session_id: UUID | None = None
        self.after = 0
        self.last_state: frames.Conversation | None = None
        user = await in_database(_user_of)(session_key=_session_key(self.scope))
        if user is None or not _is_own_origin(self.scope):
            self.user: User | None = None
            await self.close(REFUSED)
            return
        self.user = user
        for group in await in_database(_groups_of)(user=user):
            self.join(group)
        self.join(nudges.person_group(user.pk))
        await self.accept()
        waiting = await in_database(live_pages.arrive)(user=user)
        await self._send(frames.Ready(beat_s=int(presence.BEAT_EVERY.total_seconds()), waiting=waiting))
        self.join(live.EVERYBODY)
        if live.is_delayed():
            await self._send(DELAYED)

    async def disconnect(self, code: int) -> None:
        self.leave_all()
        if self.user is not None:
            await in_database(presence.leave)(user=self.user)
            nudges.page_closed(user=self.user)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if text_data is None or len(text_data) > frames.MAX_FRAME_BYTES:
            await self._error("bad_frame", "This frame cannot be read.")
            return
        try:
            frame = frames.CLIENT_FRAME.validate_json(text_data)
        except ValidationError:
            await self._error("bad_frame", "This frame cannot be read.")
            return
        match frame:
            case frames.WatchQueue():
                self.watches_queue = True
                await self._send_queue(always=True)
            case frames.WatchConversation():
                await self._watch(frame)
            case frames.AgentTypes():
                await self._typing()
            case frames.Ping():
                await self._beat()

    # --- nudges ---------------------------------------------------------------------------------------------
    async def queue_changed(self, event: dict[str, Any]) -> None:
        await self._send(frames.Badge(waiting=await in_database(waiting_count)(user=self._person)))
        await self._send_queue()
        await self._send_conversation()

    async def page_closed(self, event: dict[str, Any]) -> None:
        await in_database(presence.beat)(user=self._person)

    async def live_missed(self, event: dict[str, Any]) -> None:
        await self.queue_changed(event)

    async def live_delayed(self, event: dict[str, Any]) -> None:
        await self._send(DELAYED)

    async def live_prompt(self, event: dict[str, Any]) -> None:
        await self._send(frames.LiveUpdates(delayed=False))

    async def session_changed(self, event: dict[str, Any]) -> None:
        await self._send_conversation()

    async def desk_reminded(self, event: dict[str, Any]) -> None:
        reminder = in_database(live_pages.reminder)
        try:
            frame = await reminder(escalation_id=UUID(event["escalation"]), user=self._person)
        except DeskError:
            return  # erased, or no longer this person's to see
        await self._send(frame)

    async def shopper_typing(self, event: dict[str, Any]) -> None:
        await self._send(frames.ShopperTypes())

    async def agent_typing(self, event: dict[str, Any]) -> None:
        """Another page of the same group, the shopper's, is told of this; the desk knows already."""

    # --- what the page asks for -----------------------------------------------------------------------------
    async def _watch(self, frame: frames.WatchConversation) -> None:
        try:
            escalation = await in_database(services.find)(escalation_id=frame.escalation, agent=self._person)
        except DeskError as error:
            await self._error(error.code, error.text)
            return
        if self.session_id is not None:
            self.leave(nudge.chat_group(self.session_id))
            self.leave(nudge.typing_group(self.session_id))
        self.conversation, self.session_id, self.after = escalation.pk, escalation.session_id, frame.after
        self.last_state = None
        self.join(nudge.chat_group(escalation.session_id))
        self.join(nudge.typing_group(escalation.session_id))
        await self._send_conversation()

    async def _typing(self) -> None:
        if self.conversation is not None:
            try:
                await in_database(services.typing)(escalation_id=self.conversation, agent=self._person)
            except DeskError as error:
                await self._error(error.code, error.text)

    async def _read_again(self) -> bool:
        """Read the person as they are now; whoever may not be here any more is shown out (False)."""
        user = await in_database(_user_of)(session_key=_session_key(self.scope))
        if user is None:
            await self.close(REFUSED)
            return False
        self.user = user
        self.read_at = time.monotonic()
        return True

    async def _beat(self) -> None:
        if not await self._read_again():
            return
        await in_database(live_pages.arrive)(user=self._person)
        await self._send(frames.Pong())
        await self._send_queue()

    # --- sending --------------------------------------------------------------------------------------------
    async def _send_queue(self, *, always: bool = False) -> None:
        if not self.watches_queue:
            return
        html = await in_database(live_pages.queue_html)(user=self._person, current=self.conversation)
        if always or html != self.last_queue:
            self.last_queue = html
            await self._send(frames.Queue(html=html))

    async def _send_conversation(self) -> None:
        if self.conversation is None:
            return
        try:
            lines, state = await in_database(live_pages.conversation)(
                escalation_id=self.conversation, user=self._person, after=self.after
            )
        except DeskError as error:
            self.conversation = None
            await self._error(error.code, error.text)
            return
        if lines is not None:
            self.after = lines.seq
            await self._send(lines)
        if state != self.last_state:
            self.last_state = state
            await self._send(state)

    async def _send(self, frame: frames.ServerFrame) -> None:
        await self.send(text_data=frame.model_dump_json())

    async def _error(self, code: str, text: str) -> None:
        await self._send(frames.ErrorFrame(code=code, text=text))

    @property
    def _person(self) -> User:
        assert self.user is not None, "frames and nudges reach accepted sockets only"  # noqa: S101 - for the type
        return self.user


def _session_key(scope: dict[str, Any]) -> str:
    return str(scope.get("cookies", {}).get(settings.SESSION_COOKIE_NAME, ""))


def _user_of(*, session_key: str) -> User | None:
    """The signed-in person who answers for some store; None for everybody else."""
    if not session_key:
        return None
    user = get_user(SimpleNamespace(session=SessionStore(session_key)))  # type: ignore[arg-type]  # it reads .session only
    return user if isinstance(user, User) and answerable_stores(user) else None


def _groups_of(*, user: User) -> list[str]:
    if user.is_superuser:
        return [nudges.SUPERUSERS]
    return [nudges.store_group(store.pk) for store in answerable_stores(user)]


def _is_own_origin(scope: dict[str, Any]) -> bool:
    """Whether one of our own pages opens the socket: cookies alone would let any website do it."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = requested_host(scope)
    return origin == settings.PUBLIC_URL or (bool(host) and urlsplit(origin).netloc == host)

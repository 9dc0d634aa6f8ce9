"""What a socket reads from the database: everything when it arrives, what is new when it is nudged."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import Store
from apps.chat import handoff, messages, nudge, sessions, wire
from apps.chat.events import MessageFrame, ModeName, OwnerFrame, Ready
from apps.chat.models import ChatSession, Message


class ModeUnavailableError(Exception):
    """The store has no language model."""


@dataclass(frozen=True)
class Arrival:
    """All that a page needs to stand where its conversation stands. `turn`: the oldest one that waits, if any."""

    ready: Ready
    messages: list[MessageFrame]
    owner: OwnerFrame
    turn: str | None


@dataclass(frozen=True)
class News:
    """`owed`: some process owes the session an answer. `assistant`: the assistant answers it."""

    messages: list[MessageFrame]
    owner: OwnerFrame
    mode: ModeName
    owed: bool

    @property
    def assistant(self) -> bool:
        return self.owner.owner == "assistant"


def store_of(public_key: str) -> Store | None:
    return Store.objects.filter(public_key=public_key).first()


def enter(*, store: Store, token: str | None) -> tuple[uuid.UUID, uuid.UUID]:
    """The session that a page belongs to, and its visitor. Raises SessionError."""
    session = sessions.resume(token=token, store=store) if token else sessions.open_session(store=store)
    return session.pk, session.visitor


def begin_anew(*, session_id: uuid.UUID) -> uuid.UUID:
    """A new conversation of the same visitor, who waits for nobody in the old one any more."""
    old = ChatSession.objects.select_related("store").get(pk=session_id)
    with suppress(handoff.HandoffError):  # the assistant had it anyway
        handoff.leave(session_id=session_id)
    return sessions.open_session(store=old.store, visitor=old.visitor).pk


def arrival(*, session_id: uuid.UUID, after: int) -> Arrival:
    session = _session(session_id)
    rows = messages.after(session_id=session_id, seq=min(after, session.last_seq))
    return Arrival(
        ready=wire.ready(session),
        messages=wire.message_frames(session=session, messages=rows),
        owner=wire.owner_frame(session),
        turn=_waiting(session),
    )


def news(*, session_id: uuid.UUID, seen: int) -> News:
    session = _session(session_id)
    rows = messages.after(session_id=session_id, seq=seen) if session.last_seq > seen else []
    return News(
        messages=wire.message_frames(session=session, messages=rows),
        owner=wire.owner_frame(session),
        mode=wire.mode_of(session, wire.settings_of(session.store)),
        owed=session.answering_by is not None,
    )


def set_mode(*, session_id: uuid.UUID, mode: ModeName) -> None:
    """The shopper chooses who answers. Raises ModeUnavailableError."""
    with transaction.atomic():
        session = sessions.locked(session_id)
        if mode == "llm" and not wire.llm_available(wire.settings_of(session.store)):
            raise ModeUnavailableError
        session.mode = mode
        session.save(update_fields=["mode", "updated_at"])
        nudge.session_changed(session_id=session_id)


def _session(session_id: uuid.UUID) -> ChatSession:
    return ChatSession.objects.select_related("store", "agent").get(pk=session_id)


def _waiting(session: ChatSession) -> str | None:
    """The turn that some process answers, or is about to take over from one that died."""
    if session.waiting_from is None:
        return None
    asked = Message.objects.filter(session=session, seq=session.waiting_from).first()
    return str(asked.turn) if asked is not None else None

"""The port to the people of a store: the desk (apps.hitl) implements it and registers itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Protocol

from django.db import transaction

from apps.chat import sessions
from apps.chat.models import ChatSession, Message


class HandoffError(Exception):
    """A person cannot be asked. `code`: `no_desk`, `with_agent` (already there) or `not_waiting`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True)
class QueuePlace:
    """`position` 1 is next; `online`: whether anybody is at the desk now."""

    position: int
    online: bool


class Desk(Protocol):
    """What chat asks of the desk. Every method runs inside chat's transaction, on a session that is locked.

    `request` and `leave` change the owner themselves, through `apps.chat.ownership`.
    """

    def request(self, *, session: ChatSession, reason: str) -> QueuePlace: ...

    def leave(self, *, session: ChatSession) -> None: ...

    def position(self, *, session: ChatSession) -> QueuePlace | None: ...

    def delivered(self, *, session: ChatSession, message: Message) -> None: ...


_registered: list[Desk] = []


def register(new: Desk) -> None:
    """Make `new` the desk of this process; the last one registered is asked."""
    _registered.append(new)


def unregister(old: Desk) -> None:
    _registered.remove(old)


def desk() -> Desk:
    """The desk. Raises HandoffError when the installation has none."""
    if not _registered:
        raise HandoffError("no_desk", "Nobody can be reached here.")
    return _registered[-1]


def deliver(*, session: ChatSession, message: Message) -> None:
    """A shopper wrote while no assistant answers. Without a desk the message is stored all the same."""
    if _registered:
        desk().delivered(session=session, message=message)


def ask(*, session_id: uuid.UUID | str, reason: str) -> QueuePlace:
    """Ask for a person; asking again while waiting tells the place. Raises HandoffError."""
    with transaction.atomic():
        session = sessions.locked(session_id)
        if session.owner == ChatSession.Owner.AGENT:
            raise HandoffError("with_agent", "A person is already here.")
        if session.owner == ChatSession.Owner.QUEUE:
            place = desk().position(session=session)
            if place is not None:
                return place
        return desk().request(session=session, reason=reason.strip()[:300] or "Asked for a person")


def leave(*, session_id: uuid.UUID | str) -> None:
    """Stop waiting, or end the talk with a person; the assistant answers again. Raises HandoffError."""
    with transaction.atomic():
        session = sessions.locked(session_id)
        if session.owner == ChatSession.Owner.ASSISTANT:
            raise HandoffError("not_waiting", "You are not waiting for a person.")
        desk().leave(session=session)

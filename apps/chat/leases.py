"""Who answers a session: the process that holds its lease, while that process says that it is there.

The lease is four fields of the session that change in the same statement as its messages, so it costs a turn
nothing. Whoever accepts a message while nobody holds the lease takes it; whoever stores the last answer that is
owed gives it up; a message that another process accepts meanwhile is answered by the holder. What a holder left
behind (it died, or a turn broke) is found by everybody's watch (`watch.py`), and one of them takes it over.

A holder that was taken for dead can neither act nor store an answer any more: both look at the lease in their
transaction.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from apps.chat import nudge
from apps.chat.models import ChatSession, Message, WebProcess

ME = uuid.UUID(nudge.PROCESS)
DEAD_AFTER = timedelta(seconds=3)
FORGOTTEN_AFTER = timedelta(hours=1)
MAX_RECOVERIES = 3


@dataclass(frozen=True)
class Owed:
    """A session that waits for an answer of this process (`mine`), or of one that is not there any more."""

    session_id: uuid.UUID
    holder: uuid.UUID
    recoveries: int
    stop_until: int

    @property
    def mine(self) -> bool:
        return self.holder == ME


# --- the session's fields: the caller has locked it and saves what is named ------------------------------------
def take(session: ChatSession, *, seq: int | None) -> list[str]:
    """The message `seq` waits for an answer (None: another answer is wanted). Names the fields that changed."""
    changed = []
    if session.answering_by is None:
        session.answering_by = ME
        changed.append("answering_by")
    if seq is not None and session.waiting_from is None:
        session.waiting_from = seq
        changed.append("waiting_from")
    return changed


def answered(session: ChatSession, *, seq: int) -> list[str]:
    """The message `seq` gets its answer: go on to the next one that waits, or give the lease up."""
    alone = session.last_seq == seq and session.waiting_from in (seq, None)
    following = None if alone else _waiting(session).exclude(seq=seq).first()
    if following is None:
        return drop(session)
    session.waiting_from, session.recoveries = following.seq, 0
    return ["waiting_from", "recoveries"]


def drop(session: ChatSession) -> list[str]:
    """Nobody owes this session an answer any more: all are there, or a person has it."""
    if session.answering_by is None and session.waiting_from is None:
        return []
    session.answering_by, session.waiting_from, session.recoveries = None, None, 0
    return ["answering_by", "waiting_from", "recoveries"]


def waiting(session: ChatSession) -> list[Message]:
    """The shopper's messages that wait for an answer of the assistant, oldest first."""
    return list(_waiting(session))


def waits(session: ChatSession, seq: int) -> bool:
    """Whether a message is one of those; answers come in the order of `seq`."""
    return session.waiting_from is not None and seq >= session.waiting_from


def ask_to_stop(session_id: uuid.UUID) -> None:
    """Whoever answers the session says no more: its watch reads this, at once or at its next beat."""
    if ChatSession.objects.filter(pk=session_id, answering_by__isnull=False).update(stop_until=F("last_seq")):
        nudge.answers_to_stop()


# --- the watch -------------------------------------------------------------------------------------------------
def beat() -> None:
    """This process is there."""
    if not WebProcess.objects.filter(pk=ME).update(seen_at=Now()):
        WebProcess.objects.filter(seen_at__lt=Now() - FORGOTTEN_AFTER).delete()
        WebProcess.objects.create(pk=ME, seen_at=Now())


def leave() -> None:
    """This process ends; what it still owes is taken over at once."""
    WebProcess.objects.filter(pk=ME).delete()


def owed() -> list[Owed]:
    """Sessions whose answers this process owes, and those that nobody gives any more."""
    alive = WebProcess.objects.filter(pk=OuterRef("answering_by"), seen_at__gte=Now() - DEAD_AFTER)
    found = ChatSession.objects.filter(Q(answering_by=ME) | ~Exists(alive), answering_by__isnull=False)
    rows = found.values_list("pk", "answering_by", "recoveries", "stop_until")
    return [Owed(key, holder, tried, stop) for key, holder, tried, stop in rows if holder is not None]


@transaction.atomic
def claim(owed: Owed) -> bool:
    """Take over what `owed` says, unless it is not so any more: of several who try one succeeds.

    A session that somebody has locked is left to the next beat. Who hangs in mid-transaction keeps its lock, and
    whoever waited for it would not say that it is there meanwhile.
    """
    same = ChatSession.objects.filter(pk=owed.session_id, answering_by=owed.holder, recoveries=owed.recoveries)
    if same.select_for_update(skip_locked=True).first() is None:
        return False
    return bool(same.update(answering_by=ME, recoveries=F("recoveries") + 1))


def _waiting(session: ChatSession) -> models.QuerySet[Message]:
    answers = Message.objects.filter(session=session, turn=OuterRef("turn"), author=Message.Author.ASSISTANT)
    asked = Message.objects.filter(session=session, author=Message.Author.SHOPPER)
    if session.waiting_from is None:
        return asked.none()
    return asked.filter(~Exists(answers), seq__gte=session.waiting_from).order_by("seq")

"""Telling the desk's open pages, after the commit, that something changed. They read what is new.

Groups: `desk.<store>` and, for superusers, who see every store, `desk.superusers`; `desk.person.<id>` are one
person's pages. What the shopper sees is told
by apps.chat.nudge.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import transaction

from apps.accounts.live import broadcast
from apps.accounts.models import User
from apps.chat import nudge
from apps.hitl.models import Escalation

SUPERUSERS = "desk.superusers"


def store_group(store_id: UUID) -> str:
    return f"desk.{store_id}"


def person_group(user_id: int) -> str:
    return f"desk.person.{user_id}"


def page_closed(*, user: User) -> None:
    """The person's other pages beat at once: they are still here."""
    broadcast(group=person_group(user.pk), message={"type": "page.closed"})


def queue_changed(*, store_id: UUID) -> None:
    """The queue of the store looks different: who waits, who answers, who is online."""
    _tell_desk(store_id, {"type": "queue.changed"})


def reminded(*, escalation: Escalation) -> None:
    """Somebody still waits."""
    _tell_desk(escalation.store_id, {"type": "desk.reminded", "escalation": str(escalation.pk)})


def places_changed(*, store_id: UUID) -> None:
    """Every shopper who waits in the store reads their place again."""
    for session_id in Escalation.objects.waiting().filter(store_id=store_id).values_list("session_id", flat=True):
        nudge.session_changed(session_id=session_id)


def _tell_desk(store_id: UUID, message: dict[str, str]) -> None:
    for group in (store_group(store_id), SUPERUSERS):
        transaction.on_commit(partial(broadcast, group=group, message=message))

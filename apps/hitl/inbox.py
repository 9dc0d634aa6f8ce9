"""What the queue page shows: who waits, who is answered by whom, what was closed lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery

from apps.accounts.models import User
from apps.chat.models import Message
from apps.hitl import presence
from apps.hitl.access import answerable_stores
from apps.hitl.models import Escalation
from apps.hitl.summary import Summary

CLOSED_SHOWN = 30
PREVIEW_LENGTH = 140


@dataclass(frozen=True)
class Row:
    id: UUID
    shopper: str
    store: str
    reason: str
    preview: str  # the last line of the shopper or the agent
    preview_author: str  # "shopper" or "agent"
    state: str
    place: int | None  # in the store's queue, 1 is next
    agent: str
    mine: bool
    since: datetime  # since when the shopper waits for an answer; else of the last change
    unanswered: bool
    reminders: int
    outcome: str


@dataclass(frozen=True)
class Inbox:
    waiting: list[Row]
    mine: list[Row]
    others: list[Row]
    closed: list[Row]
    online: list[str]  # names of the people at the desk
    many_stores: bool

    @property
    def is_quiet(self) -> bool:
        return not (self.waiting or self.mine or self.others)


def shopper_label(visitor: UUID) -> str:
    """A short name for an anonymous shopper, the same in every conversation of theirs."""
    return f"Visitor {visitor.hex[:4].upper()}"


def waiting_count(*, user: User) -> int:
    return Escalation.objects.waiting().filter(store__in=answerable_stores(user)).count()


def read_inbox(*, user: User) -> Inbox:
    """Everything that `user` may see; an empty inbox for somebody who answers for no store."""
    stores = answerable_stores(user)
    escalations = _with_preview(Escalation.objects.filter(store__in=stores))
    waiting = _rows(escalations.filter(state=Escalation.State.WAITING).order_by("requested_at", "pk"), user)
    active = _rows(
        escalations.filter(state=Escalation.State.ACTIVE).order_by(F("unanswered_since").asc(nulls_last=True)),
        user,
    )
    closed = _rows(escalations.filter(state=Escalation.State.CLOSED).order_by("-closed_at")[:CLOSED_SHOWN], user)
    online = presence.online_people(store_ids=[store.pk for store in stores])
    return Inbox(
        waiting=waiting,
        mine=[row for row in active if row.mine],
        others=[row for row in active if not row.mine],
        closed=closed,
        online=[person.display_name for person in online],
        many_stores=len(stores) > 1,
    )


def _with_preview(escalations: QuerySet[Escalation]) -> QuerySet[Escalation]:
    people = (Message.Author.SHOPPER, Message.Author.AGENT)
    said = Message.objects.filter(session=OuterRef("session"), author__in=people)
    last = said.exclude(text="").order_by("-seq")
    return escalations.select_related("store", "session", "agent").annotate(
        preview=Subquery(last.values("text")[:1]), preview_author=Subquery(last.values("author")[:1])
    )


def _rows(escalations: QuerySet[Escalation], user: User) -> list[Row]:
    places: dict[UUID, int] = {}
    rows = []
    for escalation in escalations:
        waits = escalation.state == Escalation.State.WAITING
        if waits:
            places[escalation.store_id] = places.get(escalation.store_id, 0) + 1
        rows.append(_row(escalation, user, places[escalation.store_id] if waits else None))
    return rows


def _row(escalation: Escalation, user: User, place: int | None) -> Row:
    preview = " ".join((getattr(escalation, "preview", None) or "").split())
    author = getattr(escalation, "preview_author", None) or ""
    if preview == escalation.reason:  # the line that asked for a person: what came before says more
        preview = (Summary.model_validate(escalation.summary).asked or [""])[-1]
    changed = escalation.closed_at or escalation.taken_at or escalation.requested_at
    return Row(
        id=escalation.pk,
        shopper=shopper_label(escalation.session.visitor),
        store=escalation.store.name,
        reason=escalation.reason,
        preview=preview if len(preview) <= PREVIEW_LENGTH else f"{preview[: PREVIEW_LENGTH - 1].rstrip()}…",
        preview_author=author,
        state=escalation.state,
        place=place,
        agent=escalation.agent.display_name if escalation.agent else "",
        mine=escalation.agent_id == user.pk,
        since=escalation.unanswered_since or changed,
        unanswered=escalation.unanswered_since is not None,
        reminders=escalation.reminders,
        outcome=escalation.get_outcome_display(),
    )

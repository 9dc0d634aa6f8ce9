"""What the desk's socket sends: the page's own templates, filled for one person."""

from __future__ import annotations

from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from apps.accounts.models import User
from apps.hitl import frames, nudges, presence, services
from apps.hitl.access import answerable_stores
from apps.hitl.inbox import read_inbox, shopper_label, waiting_count
from apps.hitl.models import Escalation
from apps.hitl.transcript import read_lines, read_panel

TEMPLATES = "admin/hitl/escalation"


def arrive(*, user: User) -> int:
    """Beat; when the person was away, everybody who looks learns that they are here. Returns how many wait."""
    if presence.beat(user=user):
        for store in answerable_stores(user):
            nudges.queue_changed(store_id=store.pk)
            nudges.places_changed(store_id=store.pk)
    return waiting_count(user=user)


def queue_html(*, user: User, current: UUID | None) -> str:
    """The queue as `user` sees it; `current` is the conversation that is open beside it."""
    return render_to_string(f"{TEMPLATES}/queue.html", {"inbox": read_inbox(user=user), "current": current})


def conversation(
    *, escalation_id: UUID, user: User, after: int
) -> tuple[frames.Lines | None, frames.Conversation]:
    """The lines after seq `after` (None: no new ones) and who has the conversation. Raises DeskError.

    Several reads without a transaction (SQLite's would lock out writers): a commit between them shows half of it,
    and its nudge, which comes after the commit, brings the rest.
    """
    lines = read_lines(escalation=services.find(escalation_id=escalation_id, agent=user), after=after)
    new = None
    if lines:
        new = frames.Lines(html=render_to_string(f"{TEMPLATES}/lines.html", {"lines": lines}), seq=lines[-1].seq)
    return new, state_of(services.find(escalation_id=escalation_id, agent=user), user)


def state_of(escalation: Escalation, user: User) -> frames.Conversation:
    """Who has the conversation, as `user` sees it."""
    return frames.Conversation(
        state=Escalation.State(escalation.state).value,
        mine=escalation.state == Escalation.State.ACTIVE and escalation.agent_id == user.pk,
        agent=escalation.agent.display_name if escalation.agent else "",
        agent_id=escalation.agent_id,
        status=_status(escalation, user),
        panel=render_to_string(f"{TEMPLATES}/panel.html", {"panel": read_panel(escalation=escalation)}),
    )


def reminder(*, escalation_id: UUID, user: User) -> frames.Reminded:
    """E.g. "Visitor 3F2A has waited 4 minutes for an answer." Raises DeskError."""
    escalation = services.find(escalation_id=escalation_id, agent=user)
    waited = timesince(escalation.unanswered_since or timezone.now(), depth=1)
    return frames.Reminded(
        text=f"{shopper_label(escalation.session.visitor)} has waited {waited} for an answer.",
        href=reverse("admin:hitl_escalation_change", args=[escalation.pk]),
    )


def _status(escalation: Escalation, user: User) -> str:
    if escalation.state == Escalation.State.WAITING:
        return "Waits for a person"
    if escalation.state == Escalation.State.CLOSED:
        who = f" by {escalation.agent.display_name}" if escalation.agent and escalation.outcome != "left" else ""
        return f"{escalation.get_outcome_display()}{who}. The assistant answers."
    if escalation.agent_id == user.pk:
        return "You answer, the assistant is silent"
    return f"{escalation.agent.display_name if escalation.agent else 'Nobody'} answers"

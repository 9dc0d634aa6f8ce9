"""What a person at the desk does: take over, reply, hand back.

Each is one transaction that checks who owns the session. The session's row is locked first, as chat does, so that
two people (or a person and the assistant's answer) decide one after the other; SQLite's IMMEDIATE transactions do
the same for the whole database.
"""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from apps.accounts import audit
from apps.accounts.database import one_transaction
from apps.accounts.models import User
from apps.chat import ownership, sessions
from apps.chat.events import MAX_TEXT
from apps.chat.models import Message
from apps.hitl import nudges
from apps.hitl.access import may_answer
from apps.hitl.errors import DeskError
from apps.hitl.inbox import shopper_label
from apps.hitl.models import Escalation, EscalationEvent

UNKNOWN = DeskError("unknown", "This conversation does not exist, or you do not answer for its store.")


def find(*, escalation_id: UUID, agent: User) -> Escalation:
    """The escalation, if `agent` may see it; else `DeskError` "unknown", the same for both reasons."""
    escalation = Escalation.objects.select_related("store", "session", "agent").filter(pk=escalation_id).first()
    if escalation is None or not may_answer(agent, escalation.store_id):
        raise DeskError(UNKNOWN.code, UNKNOWN.text)
    return escalation


@one_transaction
def take_over(*, escalation_id: UUID, agent: User, instead_of: int | None = None) -> Escalation:
    """Make `agent` the owner of the session. Twice is once.

    `instead_of`: the id of the colleague who, as far as `agent` knows, answers now; None: nobody. When that is no
    longer so, somebody was faster: `DeskError` "taken".
    """
    escalation = _locked(escalation_id, agent)
    if not escalation.is_open:
        raise DeskError("closed", "This conversation is already back with the assistant.")
    if escalation.agent_id == agent.pk:
        return escalation
    if escalation.agent_id != instead_of:
        name = escalation.agent.display_name if escalation.agent else "Nobody"
        raise DeskError("taken", f"{name} has this conversation now.")
    escalation.state = Escalation.State.ACTIVE
    escalation.agent = agent
    escalation.taken_at = timezone.now()
    escalation.save(update_fields=["state", "agent", "taken_at"])
    ownership.to_agent(session_id=escalation.session_id, agent=agent)
    _happened(escalation, EscalationEvent.Kind.TAKEN, agent)
    nudges.places_changed(store_id=escalation.store_id)
    return escalation


def reply(*, escalation_id: UUID, agent: User, text: str, client_id: str) -> Message:
    """Say `text` to the shopper, with cards of the products that it names.

    The same `client_id` again returns the first message and says nothing twice.
    """
    text = text.strip()
    if not text:
        raise DeskError("empty", "Write something first.")
    if len(text) > MAX_TEXT:
        raise DeskError("too_long", f"A message has at most {MAX_TEXT} characters; this one has {len(text)}.")
    store_id = find(escalation_id=escalation_id, agent=agent).store_id
    # Before the transaction: no lock waits for the index.
    product_ids = ownership.products_named(store_id=store_id, text=text)
    return _say(escalation_id, agent, text, client_id, product_ids)


@one_transaction
def _say(escalation_id: UUID, agent: User, text: str, client_id: str, product_ids: list[str]) -> Message:
    escalation = _locked(escalation_id, agent)
    said = escalation.events.filter(client_id=client_id).select_related("message").first()
    if said is not None and said.message is not None:
        return said.message
    _check_owner(escalation, agent)
    try:
        message = ownership.say_as_agent(
            session_id=escalation.session_id, agent=agent, text=text, product_ids=product_ids
        )
    except ownership.NotOwner as error:
        raise DeskError("not_owner", "You no longer answer this conversation.") from error
    escalation.unanswered_since = None
    escalation.reminders = 0
    escalation.save(update_fields=["unanswered_since", "reminders"])
    EscalationEvent.objects.create(
        escalation=escalation,
        kind=EscalationEvent.Kind.REPLIED,
        actor=agent,
        message=message,
        client_id=client_id,
    )
    nudges.queue_changed(store_id=escalation.store_id)
    return message


@one_transaction
def hand_back(*, escalation_id: UUID, agent: User) -> Escalation:
    """Give the session back to the assistant; the shopper is told."""
    escalation = _locked(escalation_id, agent)
    _check_owner(escalation, agent)
    close(escalation=escalation, outcome=Escalation.Outcome.HANDED_BACK)
    ownership.to_assistant(
        session_id=escalation.session_id,
        text=f"{agent.display_name} handed the conversation back to the assistant.",
    )
    _happened(escalation, EscalationEvent.Kind.HANDED_BACK, agent)
    return escalation


def typing(*, escalation_id: UUID, agent: User) -> None:
    """Tell the shopper that `agent` is typing; silently nothing when they do not own the session."""
    escalation = find(escalation_id=escalation_id, agent=agent)
    if escalation.is_open and escalation.agent_id == agent.pk:
        ownership.agent_typing(session_id=escalation.session_id, agent=agent)


def close(*, escalation: Escalation, outcome: Escalation.Outcome) -> None:
    """Mark a locked escalation as over. The caller moves the session and notes the event."""
    escalation.state = Escalation.State.CLOSED
    escalation.is_open = None
    escalation.outcome = outcome
    escalation.unanswered_since = None
    escalation.closed_at = timezone.now()
    escalation.save(update_fields=["state", "is_open", "outcome", "unanswered_since", "closed_at"])


def _locked(escalation_id: UUID, agent: User) -> Escalation:
    """The escalation as it is now, with its session's row locked until the end of the transaction."""
    sessions.locked(find(escalation_id=escalation_id, agent=agent).session_id)
    return Escalation.objects.select_for_update().get(pk=escalation_id)


def _check_owner(escalation: Escalation, agent: User) -> None:
    if not escalation.is_open:
        raise DeskError("closed", "This conversation is back with the assistant; nothing was sent.")
    if escalation.agent_id != agent.pk:
        name = escalation.agent.display_name if escalation.agent else "Nobody"
        raise DeskError("not_owner", f"{name} has this conversation now; nothing was sent.")


def _happened(escalation: Escalation, kind: EscalationEvent.Kind, actor: User) -> None:
    EscalationEvent.objects.create(escalation=escalation, kind=kind, actor=actor)
    audit.record(
        store=escalation.store,
        actor=actor,
        action=f"escalation.{kind}",
        target=shopper_label(escalation.session.visitor),
        escalation=str(escalation.pk),
        session=str(escalation.session_id),
    )
    nudges.queue_changed(store_id=escalation.store_id)

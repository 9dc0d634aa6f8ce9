"""The desk as the chat knows it: the port of apps.chat.handoff, called inside the chat's transactions.

The chat locks the session before it asks; locking it again is free, and makes each method safe by itself.
"""

from __future__ import annotations

from django.utils import timezone

from apps.accounts.outbox import enqueue_workflow
from apps.chat import ownership, sessions
from apps.chat.handoff import QueuePlace
from apps.chat.models import ChatSession, Message
from apps.hitl import nudges, presence, services, store_settings
from apps.hitl.models import Escalation, EscalationEvent
from apps.hitl.summary import summarise

REASON_LENGTH = 300


class StaffDesk:
    """People behind the Django admin's escalation queue."""

    def request(self, *, session: ChatSession, reason: str) -> QueuePlace:
        """Put the session into its store's queue; a session that already waits (or is answered) stays."""
        sessions.locked(session.pk)
        escalation = Escalation.objects.open().filter(session=session).first()
        if escalation is None:
            escalation = self._open(session, " ".join(reason.split())[:REASON_LENGTH])
            ownership.to_queue(session_id=session.pk)
        return self._place(escalation)

    def leave(self, *, session: ChatSession) -> None:
        """The shopper no longer wants a person: out of the queue, or out of the talk with one."""
        sessions.locked(session.pk)
        escalation = Escalation.objects.open().filter(session=session).select_related("agent").first()
        if escalation is None:
            return
        if escalation.state == Escalation.State.WAITING:
            text = "You left the queue. The assistant is back."
        else:
            text = "You ended the conversation with our team. The assistant is back."
        services.close(escalation=escalation, outcome=Escalation.Outcome.LEFT)
        ownership.to_assistant(session_id=session.pk, text=text)
        EscalationEvent.objects.create(escalation=escalation, kind=EscalationEvent.Kind.LEFT)
        nudges.queue_changed(store_id=escalation.store_id)
        nudges.places_changed(store_id=escalation.store_id)

    def position(self, *, session: ChatSession) -> QueuePlace | None:
        """The session's place while it waits; None when it does not."""
        escalation = Escalation.objects.waiting().filter(session=session).first()
        return None if escalation is None else self._place(escalation)

    def delivered(self, *, session: ChatSession, message: Message) -> None:
        """The shopper wrote while a person owns the session or is waited for."""
        escalation = Escalation.objects.open().filter(session=session).first()
        if escalation is None:
            return
        if escalation.unanswered_since is None:
            escalation.unanswered_since = message.created_at
            escalation.save(update_fields=["unanswered_since"])
        nudges.queue_changed(store_id=escalation.store_id)

    def _open(self, session: ChatSession, reason: str) -> Escalation:
        escalation = Escalation.objects.create(
            store_id=session.store_id,
            session=session,
            reason=reason or "Asked for a person",
            summary=summarise(session=session, reason=reason).model_dump(),
            unanswered_since=timezone.now(),
        )
        EscalationEvent.objects.create(escalation=escalation, kind=EscalationEvent.Kind.REQUESTED)
        settings = store_settings.of(store=escalation.store)
        enqueue_workflow(
            workflow="EscalationWorkflow",
            argument={
                "escalation_id": str(escalation.pk),
                "remind_after_s": settings.remind_after_s,
                "asked_at": escalation.requested_at.isoformat(),
            },
        )
        nudges.queue_changed(store_id=session.store_id)
        return escalation

    def _place(self, escalation: Escalation) -> QueuePlace:
        """1 is next; a conversation that a person already answers stands at 0."""
        waiting = list(
            Escalation.objects.waiting().filter(store_id=escalation.store_id).values_list("pk", flat=True)
        )
        position = waiting.index(escalation.pk) + 1 if escalation.pk in waiting else 0
        return QueuePlace(position=position, online=presence.anybody_online(store_id=escalation.store_id))

"""Reminding the desk of a shopper who still waits: what the workflow does each time its timer ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.chat import nudge
from apps.hitl import nudges
from apps.hitl.models import Escalation, EscalationEvent


@transaction.atomic
def remind_if_due(*, escalation_id: UUID, remind_after_s: float) -> float | None:
    """Remind when the shopper has waited `remind_after_s` since they wrote, or since the last reminder.

    Returns the seconds until the next look; None when the escalation is over (or gone).
    Asked again too early (a retried activity) it reminds nobody twice.
    """
    escalation = Escalation.objects.select_for_update().open().filter(pk=escalation_id).first()
    if escalation is None:
        return None
    if escalation.unanswered_since is None:
        return remind_after_s
    last = escalation.events.filter(kind=EscalationEvent.Kind.REMINDED, at__gte=escalation.unanswered_since).last()
    since = last.at if last is not None else escalation.unanswered_since
    left = (since + timedelta(seconds=remind_after_s) - timezone.now()).total_seconds()
    if left > 0:
        return left
    EscalationEvent.objects.create(escalation=escalation, kind=EscalationEvent.Kind.REMINDED)
    escalation.reminders += 1
    escalation.save(update_fields=["reminders"])
    nudges.reminded(escalation=escalation)
    nudges.queue_changed(store_id=escalation.store_id)
    if escalation.state == Escalation.State.WAITING:
        # Whether anybody is online may have changed silently since the shopper was last told.
        nudge.session_changed(session_id=escalation.session_id)
    return remind_after_s

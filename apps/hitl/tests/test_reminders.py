"""When the desk is reminded, and when not."""

from __future__ import annotations

import uuid
from datetime import timedelta

from apps.accounts.models import Store, User
from apps.hitl import services
from apps.hitl.models import Escalation, EscalationEvent
from apps.hitl.reminders import remind_if_due
from apps.hitl.tests.conftest import Waiting, say

AFTER = 60.0


def _waited(escalation: Escalation, seconds: float) -> None:
    """Let the wait, and what was reminded of it, be `seconds` longer ago."""
    if escalation.unanswered_since is not None:
        Escalation.objects.filter(pk=escalation.pk).update(
            unanswered_since=escalation.unanswered_since - timedelta(seconds=seconds)
        )
    for event in escalation.events.all():
        EscalationEvent.objects.filter(pk=event.pk).update(at=event.at - timedelta(seconds=seconds))
    escalation.refresh_from_db()


def test_a_shopper_who_waited_long_enough_is_reminded_of(store: Store, waiting: Waiting) -> None:
    escalation = waiting(store)
    _waited(escalation, AFTER)
    assert remind_if_due(escalation_id=escalation.pk, remind_after_s=AFTER) == AFTER
    escalation.refresh_from_db()
    assert escalation.reminders == 1
    assert escalation.events.filter(kind=EscalationEvent.Kind.REMINDED).count() == 1


def test_asked_too_early_it_tells_how_long_to_wait(store: Store, waiting: Waiting) -> None:
    escalation = waiting(store)
    _waited(escalation, 20)
    left = remind_if_due(escalation_id=escalation.pk, remind_after_s=AFTER)
    assert left is not None
    assert 35 < left <= 40
    escalation.refresh_from_db()
    assert escalation.reminders == 0


def test_a_retried_activity_reminds_nobody_twice(store: Store, waiting: Waiting) -> None:
    escalation = waiting(store)
    _waited(escalation, AFTER)
    remind_if_due(escalation_id=escalation.pk, remind_after_s=AFTER)
    remind_if_due(escalation_id=escalation.pk, remind_after_s=AFTER)
    escalation.refresh_from_db()
    assert escalation.reminders == 1


def test_it_reminds_again_while_nobody_answers(store: Store, waiting: Waiting) -> None:
    escalation = waiting(store)
    for times in (1, 2, 3):
        _waited(escalation, AFTER)
        remind_if_due(escalation_id=escalation.pk, remind_after_s=AFTER)
        escalation.refresh_from_db()
        assert escalation.reminders == times


def test_an_answered_shopper_is_not_reminded_of_until_they_write(
    store: Store, agent: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    services.reply(escalation_id=escalation.pk, agent=agent, text="Hello", client_id=uuid.uuid4().hex)
    escalation.refresh_from_db()
    _waited(escalation, AFTER)
    assert remind_if_due(escalation_id=escalation.pk, remind_after_s=AFTER) == AFTER
    say(escalation.session, "Still there?")
    escalation.refresh_from_db()
    _waited(escalation, AFTER)
    remind_if_due(escalation_id=escalation.pk, remind_after_s=AFTER)
    escalation.refresh_from_db()
    assert escalation.reminders == 1


def test_a_handled_or_erased_escalation_needs_no_more_looks(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    services.hand_back(escalation_id=escalation.pk, agent=agent)
    assert remind_if_due(escalation_id=escalation.pk, remind_after_s=AFTER) is None
    assert remind_if_due(escalation_id=uuid.uuid4(), remind_after_s=AFTER) is None

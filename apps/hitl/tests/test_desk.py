"""The queue as shoppers meet it: places, leaving, asking twice, nobody there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Membership, Store, User, WorkflowStart
from apps.accounts.permissions import Role
from apps.chat import handoff
from apps.chat.models import ChatSession, Message
from apps.hitl import presence
from apps.hitl.models import AgentPresence, Escalation, EscalationEvent, HitlSettings
from apps.hitl.tests.conftest import Waiting, say


def _place(escalation: Escalation) -> int | None:
    place = handoff.desk().position(session=escalation.session)
    return place.position if place else None


def test_asking_for_a_person_queues_the_session_and_starts_one_workflow(session: ChatSession) -> None:
    place = handoff.ask(session_id=session.pk, reason="Wants to talk about a refund")

    session.refresh_from_db()
    escalation = Escalation.objects.get()
    start = WorkflowStart.objects.get()
    assert place.position == 1
    assert session.owner == ChatSession.Owner.QUEUE
    assert escalation.reason == "Wants to talk about a refund"
    assert escalation.unanswered_since is not None
    assert start.workflow == "EscalationWorkflow"
    assert start.argument == {
        "escalation_id": str(escalation.pk),
        "remind_after_s": 120,
        "asked_at": escalation.requested_at.isoformat(),
    }
    assert [event.kind for event in escalation.events.all()] == [EscalationEvent.Kind.REQUESTED]


def test_asking_twice_keeps_the_place(session: ChatSession, store: Store, waiting: Waiting) -> None:
    handoff.ask(session_id=session.pk, reason="first")
    waiting(store)
    place = handoff.ask(session_id=session.pk, reason="second")

    assert place.position == 1
    assert Escalation.objects.filter(session=session).count() == 1
    with transaction.atomic():
        assert handoff.desk().request(session=session, reason="straight at the desk").position == 1
    assert Escalation.objects.filter(session=session).count() == 1


def test_the_database_refuses_a_second_open_escalation(store: Store, waiting: Waiting) -> None:
    first = waiting(store)
    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.create(store=store, session=first.session, reason="a race")


def test_places_move_up_when_somebody_leaves(store: Store, other_store: Store, waiting: Waiting) -> None:
    first, second, third = waiting(store), waiting(store), waiting(store)
    elsewhere = waiting(other_store)
    assert [_place(one) for one in (first, second, third, elsewhere)] == [1, 2, 3, 1]

    handoff.leave(session_id=first.session_id)

    assert [_place(one) for one in (first, second, third, elsewhere)] == [None, 1, 2, 1]
    first.refresh_from_db()
    first.session.refresh_from_db()
    assert (first.state, first.outcome, first.is_open) == (Escalation.State.CLOSED, Escalation.Outcome.LEFT, None)
    assert first.session.owner == ChatSession.Owner.ASSISTANT
    assert "left the queue" in Message.objects.filter(session=first.session_id).latest("seq").text


def test_who_left_can_ask_again(store: Store, waiting: Waiting) -> None:
    first = waiting(store)
    handoff.leave(session_id=first.session_id)
    again = waiting(session=first.session)
    assert again.pk != first.pk
    assert _place(again) == 1


def test_leaving_without_waiting_changes_nothing(session: ChatSession) -> None:
    with transaction.atomic():
        handoff.desk().leave(session=session)
    assert not Message.objects.filter(session=session).exists()


def test_nobody_online_is_said(session: ChatSession, agent: User) -> None:
    assert handoff.ask(session_id=session.pk, reason="").online is False


def test_an_agent_at_the_desk_is_said(session: ChatSession, agent: User) -> None:
    presence.beat(user=agent)
    assert handoff.ask(session_id=session.pk, reason="").online is True


def test_who_may_not_answer_does_not_count_as_online(
    store: Store, viewer: User, stranger: User, other_agent: User
) -> None:
    for person in (viewer, stranger, other_agent):
        presence.beat(user=person)
    assert presence.online_people(store_ids=[store.pk]) == []


def test_a_superuser_counts_everywhere_and_names_are_sorted(
    store: Store, other_store: Store, agent: User, colleague: User
) -> None:
    root = User.objects.create_superuser("root@example.com", "a long passphrase", name="Ana")
    for person in (agent, colleague, root):
        presence.beat(user=person)
    assert [person.name for person in presence.online_people(store_ids=[store.pk])] == ["Agent", "Ana", "Noor"]
    assert presence.online_people(store_ids=[other_store.pk]) == [root]


def test_presence_ends_without_beats_and_soon_after_leaving(store: Store, agent: User) -> None:
    assert presence.beat(user=agent) is True
    assert presence.beat(user=agent) is False
    presence.leave(user=agent)
    assert presence.anybody_online(store_id=store.pk), "going to the next page is not leaving"

    left = AgentPresence.objects.get().seen_at
    AgentPresence.objects.update(seen_at=left - presence.GRACE)
    assert not presence.anybody_online(store_id=store.pk)
    AgentPresence.objects.update(seen_at=timezone.now() - presence.ONLINE_FOR - timedelta(seconds=1))
    assert presence.beat(user=agent) is True


def test_a_role_that_is_taken_away_ends_presence(store: Store, agent: User) -> None:
    presence.beat(user=agent)
    Membership.objects.filter(user=agent).update(role=Role.VIEWER.value)
    assert not presence.anybody_online(store_id=store.pk)


def test_a_line_while_waiting_is_delivered_and_not_lost(store: Store, waiting: Waiting) -> None:
    escalation = waiting(store)
    Escalation.objects.update(unanswered_since=None)
    message = say(escalation.session, "Hello? Anybody?")
    escalation.refresh_from_db()
    assert escalation.unanswered_since == message.created_at


def test_the_stores_own_reminder_time_is_used(store: Store, waiting: Waiting) -> None:
    HitlSettings.objects.create(store=store, remind_after_s=45)
    waiting(store)
    assert WorkflowStart.objects.get().argument["remind_after_s"] == 45


def test_a_long_reason_is_cut_not_refused(session: ChatSession) -> None:
    with transaction.atomic():
        handoff.desk().request(session=session, reason="why " * 200)
    assert len(Escalation.objects.get().reason) == 300

"""Several people at one conversation at the same moment."""

from __future__ import annotations

from functools import partial

import pytest

from apps.accounts.database import healed
from apps.accounts.models import Store, User
from apps.accounts.tests.racing import at_once, failures
from apps.chat import handoff
from apps.chat.models import ChatSession, Message
from apps.hitl import presence, services, store_settings
from apps.hitl.errors import DeskError
from apps.hitl.models import AgentPresence, Escalation, HitlSettings
from apps.hitl.tests.conftest import Waiting

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_asks_six_times_at_once_waits_once(session: ChatSession) -> None:
    done = at_once(*[partial(healed(handoff.ask), session_id=session.pk, reason="A person")] * 6)
    assert not failures(done)
    assert {place.position for place in done if isinstance(place, handoff.QueuePlace)} == {1}
    assert Escalation.objects.open().filter(session=session).count() == 1


def test_leaving_and_asking_at_once_leaves_the_queue_and_the_conversation_in_step(session: ChatSession) -> None:
    ask = partial(healed(handoff.ask), session_id=session.pk, reason="A person")
    leave = partial(healed(handoff.leave), session_id=session.pk)
    ask()
    done = at_once(ask, leave, ask, leave)
    assert all(isinstance(error, handoff.HandoffError) for error in failures(done)), done
    session.refresh_from_db()
    waits = session.owner == ChatSession.Owner.QUEUE
    assert Escalation.objects.open().filter(session=session).count() == waits


def test_of_two_who_take_over_one_has_the_conversation(
    store: Store, agent: User, colleague: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    done = at_once(
        *(partial(services.take_over, escalation_id=escalation.pk, agent=user) for user in (agent, colleague))
    )
    assert [error.code for error in failures(done) if isinstance(error, DeskError)] == ["taken"]
    assert Message.objects.filter(session=escalation.session, text__contains="joined").count() == 1


def test_a_reply_that_is_sent_many_times_at_once_is_said_once(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    say = partial(services.reply, escalation_id=escalation.pk, agent=agent, text="Hello", client_id="r1")
    assert not failures(at_once(*[say] * 5))
    assert Message.objects.filter(session=escalation.session, author=Message.Author.AGENT).count() == 1


def test_first_rows_are_made_once(store: Store, owner: User, agent: User) -> None:
    change = partial(store_settings.change, store=store, actor=owner)
    assert not failures(at_once(*(partial(change, remind_after_s=seconds) for seconds in (60, 70, 80, 90))))
    assert HitlSettings.objects.count() == 1
    assert not failures(at_once(*[partial(healed(presence.beat), user=agent)] * 5))
    assert AgentPresence.objects.count() == 1

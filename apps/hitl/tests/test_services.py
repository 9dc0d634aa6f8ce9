"""Take over, reply, hand back: who may, who owns, who was first."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connections, transaction

from apps.accounts.models import AuditLog, Membership, Store, User
from apps.accounts.permissions import Role
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat import handoff, ownership
from apps.chat.events import MAX_TEXT
from apps.chat.models import ChatSession, Message
from apps.hitl import services
from apps.hitl.errors import DeskError
from apps.hitl.models import Escalation, EscalationEvent
from apps.hitl.tests.conftest import Waiting, say


def _reply(escalation: Escalation, agent: User, text: str = "Hello", client_id: str = "") -> Message:
    return services.reply(
        escalation_id=escalation.pk, agent=agent, text=text, client_id=client_id or uuid.uuid4().hex
    )


def test_taking_over_makes_the_agent_the_owner_and_tells_the_shopper(
    store: Store, agent: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)

    escalation.refresh_from_db()
    session = ChatSession.objects.get(pk=escalation.session_id)
    assert (escalation.state, escalation.agent) == (Escalation.State.ACTIVE, agent)
    assert (session.owner, session.agent) == (ChatSession.Owner.AGENT, agent)
    assert session.messages.latest("seq").text == "Agent joined the conversation."
    entry = AuditLog.objects.get()
    assert entry.action == "escalation.taken"
    assert entry.target.startswith("Visitor "), "the merchant reads it; an id would say nothing"


def test_taking_over_twice_is_taking_over_once(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    for _ in range(2):
        services.take_over(escalation_id=escalation.pk, agent=agent)
    assert escalation.events.filter(kind=EscalationEvent.Kind.TAKEN).count() == 1


def test_the_second_agent_is_told_who_was_first(
    store: Store, agent: User, colleague: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=colleague)
    with pytest.raises(DeskError, match="Noor has this conversation now") as caught:
        services.take_over(escalation_id=escalation.pk, agent=agent)
    assert caught.value.code == "taken"


@pytest.mark.django_db(transaction=True)
def test_of_two_agents_who_race_one_wins(store: Store, agent: User, colleague: User, waiting: Waiting) -> None:
    for _ in range(5):
        pk = waiting(store).pk
        outcomes = _race(
            partial(services.take_over, escalation_id=pk, agent=agent),
            partial(services.take_over, escalation_id=pk, agent=colleague),
        )
        assert sorted(outcomes) == ["done", "taken"]
        winner = (agent, colleague)[outcomes.index("done")]
        escalation = Escalation.objects.select_related("session").get(pk=pk)
        assert escalation.agent_id == escalation.session.agent_id == winner.pk
        assert escalation.session.messages.filter(text__endswith="joined the conversation.").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_takeover_and_a_shopper_who_leaves_agree_on_the_owner(
    store: Store, agent: User, waiting: Waiting
) -> None:
    for _ in range(5):
        escalation = waiting(store)
        outcomes = _race(
            partial(services.take_over, escalation_id=escalation.pk, agent=agent),
            partial(handoff.leave, session_id=escalation.session_id),
        )
        escalation = Escalation.objects.select_related("session").get(pk=escalation.pk)
        # Whoever was first: the shopper is gone, and knows it from both sides.
        assert outcomes in (["done", "done"], ["closed", "done"])
        assert (escalation.state, escalation.outcome) == (Escalation.State.CLOSED, Escalation.Outcome.LEFT)
        assert escalation.session.owner == ChatSession.Owner.ASSISTANT
        assert escalation.session.agent_id is None


@pytest.mark.django_db(transaction=True)
def test_a_reply_that_races_with_a_colleagues_takeover_is_said_before_it_or_not_at_all(
    store: Store, agent: User, colleague: User, waiting: Waiting
) -> None:
    for _ in range(5):
        escalation = waiting(store)
        services.take_over(escalation_id=escalation.pk, agent=agent)
        outcomes = _race(
            partial(_reply, escalation, agent),
            partial(services.take_over, escalation_id=escalation.pk, agent=colleague, instead_of=agent.pk),
        )
        lines = Message.objects.filter(session=escalation.session_id).order_by("seq")
        said = [line.agent_id or line.text for line in lines][-2:]
        if outcomes[0] == "done":
            assert said == [agent.pk, "Noor joined the conversation."]
        else:
            assert outcomes == ["not_owner", "done"]
            assert agent.pk not in said


def test_a_colleague_can_take_over_knowingly(store: Store, agent: User, colleague: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=colleague)
    services.take_over(escalation_id=escalation.pk, agent=agent, instead_of=colleague.pk)
    with pytest.raises(DeskError) as caught:
        _reply(escalation, colleague)
    assert caught.value.code == "not_owner"
    assert "Agent has this conversation now" in caught.value.text


def test_a_reply_reaches_the_conversation_with_the_agents_name(
    store: Store, agent: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    message = _reply(escalation, agent, "  Hi, I am here.  ")

    escalation.refresh_from_db()
    assert (message.author, message.agent, message.text) == (Message.Author.AGENT, agent, "Hi, I am here.")
    assert escalation.unanswered_since is None


def test_a_reply_sent_twice_is_said_once(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    first = _reply(escalation, agent, "Hello", "abc")
    assert _reply(escalation, agent, "Hello", "abc") == first
    assert Message.objects.filter(author=Message.Author.AGENT).count() == 1


def test_a_reply_without_a_takeover_is_refused(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    with pytest.raises(DeskError) as caught:
        _reply(escalation, agent)
    assert caught.value.code == "not_owner"


def test_a_reply_after_the_handback_is_refused(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    services.hand_back(escalation_id=escalation.pk, agent=agent)
    with pytest.raises(DeskError) as caught:
        _reply(escalation, agent)
    assert caught.value.code == "closed"
    assert not Message.objects.filter(author=Message.Author.AGENT).exists()


def test_the_owner_is_checked_in_the_transaction_that_commits_the_reply(
    store: Store, agent: User, waiting: Waiting
) -> None:
    """The desk believes that the agent has it, the session knows better: nothing of the reply remains."""
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    with transaction.atomic():
        ownership.to_assistant(session_id=escalation.session_id, text="Taken away behind the desk's back.")
    with pytest.raises(DeskError) as caught:
        _reply(escalation, agent)
    assert caught.value.code == "not_owner"
    assert not Message.objects.filter(author=Message.Author.AGENT).exists()
    assert not escalation.events.filter(kind=EscalationEvent.Kind.REPLIED).exists()


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("  \n ", "empty"), ("x" * (MAX_TEXT + 1), "too_long")])
def test_a_reply_needs_a_text_that_fits(store: Store, agent: User, waiting: Waiting, text: str, code: str) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    with pytest.raises(DeskError) as caught:
        _reply(escalation, agent, text)
    assert caught.value.code == code


def test_a_shopper_can_end_the_talk_with_a_person(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    handoff.leave(session_id=escalation.session_id)
    with pytest.raises(DeskError) as caught:
        _reply(escalation, agent)
    assert caught.value.code == "closed"
    assert Message.objects.latest("created_at").text == (
        "You ended the conversation with our team. The assistant is back."
    )


def test_handing_back_tells_the_shopper_and_closes(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    services.hand_back(escalation_id=escalation.pk, agent=agent)

    escalation.refresh_from_db()
    session = ChatSession.objects.get(pk=escalation.session_id)
    assert session.owner == ChatSession.Owner.ASSISTANT
    assert session.messages.latest("seq").text == "Agent handed the conversation back to the assistant."
    assert escalation.outcome == Escalation.Outcome.HANDED_BACK
    assert escalation.closed_at is not None
    assert [event.kind for event in escalation.events.all()] == ["requested", "taken", "handed_back"]


def test_only_who_has_it_hands_it_back(store: Store, agent: User, colleague: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=colleague)
    with pytest.raises(DeskError) as caught:
        services.hand_back(escalation_id=escalation.pk, agent=agent)
    assert caught.value.code == "not_owner"


def test_taking_over_a_closed_conversation_is_refused(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    services.hand_back(escalation_id=escalation.pk, agent=agent)
    with pytest.raises(DeskError) as caught:
        services.take_over(escalation_id=escalation.pk, agent=agent)
    assert caught.value.code == "closed"


Deed = Callable[[Escalation, User], object]
DEEDS: list[Deed] = [
    lambda escalation, person: services.find(escalation_id=escalation.pk, agent=person),
    lambda escalation, person: services.take_over(escalation_id=escalation.pk, agent=person),
    _reply,
    lambda escalation, person: services.hand_back(escalation_id=escalation.pk, agent=person),
    lambda escalation, person: services.typing(escalation_id=escalation.pk, agent=person),
]


@pytest.mark.parametrize("who", ["stranger", "viewer", "other_agent"])
@pytest.mark.parametrize("deed", DEEDS, ids=["find", "take_over", "reply", "hand_back", "typing"])
def test_who_does_not_answer_for_the_store_can_do_nothing(
    store: Store, waiting: Waiting, request: pytest.FixtureRequest, who: str, deed: Deed
) -> None:
    escalation = waiting(store)
    person: User = request.getfixturevalue(who)
    with pytest.raises(DeskError) as caught:
        deed(escalation, person)
    assert caught.value.code == "unknown"


def test_who_lost_the_role_can_no_longer_reply(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    Membership.objects.filter(user=agent).update(role=Role.VIEWER.value)
    with pytest.raises(DeskError) as caught:
        _reply(escalation, agent)
    assert caught.value.code == "unknown"


def test_a_shoppers_line_waits_until_it_is_answered(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    _reply(escalation, agent)
    message = say(escalation.session, "And the blue one?")
    escalation.refresh_from_db()
    assert escalation.unanswered_since == message.created_at
    say(escalation.session, "Are you there?")
    escalation.refresh_from_db()
    assert escalation.unanswered_since == message.created_at, "the wait began with the first line"


def _race(*deeds: Callable[[], object]) -> list[str]:
    """Start all at once, each in a thread with its own connection: "done" or the error's code, in their order."""
    start = threading.Barrier(len(deeds))
    outcomes = [""] * len(deeds)

    def run(number: int) -> None:
        try:
            start.wait(timeout=PATIENCE_S)
            deeds[number]()
            outcomes[number] = "done"
        except (DeskError, handoff.HandoffError) as error:
            outcomes[number] = error.code
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
    return outcomes

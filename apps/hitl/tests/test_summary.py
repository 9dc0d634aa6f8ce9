"""The summary is read off the conversation."""

from __future__ import annotations

import uuid

import pytest

from apps.accounts.models import Store, User
from apps.chat.models import ChatSession, Message
from apps.chat.parts import OrderPart, ProductsPart, TextPart
from apps.hitl.inbox import read_inbox
from apps.hitl.models import Escalation
from apps.hitl.summary import LINE_LENGTH, MAX_PRODUCTS, Summary, summarise
from apps.hitl.tests.conftest import Waiting, say


def test_it_tells_what_was_asked_shown_looked_up_and_left_unanswered(
    session: ChatSession, waiting: Waiting
) -> None:
    lost = uuid.uuid4()
    say(session, "a warm jacket")
    say(
        session,
        "Here are some",
        author=Message.Author.ASSISTANT,
        parts=[TextPart(text="Here are some"), ProductsPart(product_ids=["p1", "p2"])],
    )
    say(session, "and my order?")
    say(
        session,
        "It is on its way",
        author=Message.Author.ASSISTANT,
        parts=[OrderPart(number="1001", status="shipped", placed_at="2026-11-01")],
    )
    say(session, "do you sell tractors", turn=lost)
    say(
        session, "We don't", author=Message.Author.ASSISTANT, turn=lost, record={"mode": "intent", "no_hits": True}
    )

    escalation = waiting(session=session, reason="Wants a person.")

    assert Summary.model_validate(escalation.summary) == Summary(
        headline="Wants a person.",
        facts="3 messages, 2 products shown",
        asked=["a warm jacket", "and my order?", "do you sell tractors"],
        unanswered=["do you sell tractors"],
        product_ids=["p1", "p2"],
        orders=["1001"],
    )


@pytest.mark.parametrize(
    "record", [{"no_hits": True}, {"intent": {"name": "out_of_scope"}}, {"error": "index_unreachable"}]
)
def test_what_the_assistant_had_no_answer_to_is_read_off_its_records(
    session: ChatSession, record: dict[str, object]
) -> None:
    turn = uuid.uuid4()
    say(session, "do you sell tractors", turn=turn)
    say(session, "We don't", author=Message.Author.ASSISTANT, turn=turn, record=record)
    assert summarise(session=session, reason="").unanswered == ["do you sell tractors"]


def test_the_line_that_asks_for_a_person_is_the_reason_and_not_a_question(
    session: ChatSession, waiting: Waiting, agent: User
) -> None:
    say(session, "is it warm?")
    say(session, "I want to talk to a human!")
    escalation = waiting(session=session, reason="I want to talk to a human")
    summary = Summary.model_validate(escalation.summary)
    assert (summary.headline, summary.asked) == ("I want to talk to a human", ["is it warm?"])
    escalation.reason = "I want to talk to a human!"
    escalation.save()
    assert [row.preview for row in read_inbox(user=agent).waiting] == ["is it warm?"]


def test_an_answer_that_was_cut_off_counts_as_unanswered(session: ChatSession) -> None:
    turn = uuid.uuid4()
    say(session, "is it waterproof?", turn=turn)
    say(session, "It is", author=Message.Author.ASSISTANT, turn=turn, complete=False)
    assert summarise(session=session, reason="").unanswered == ["is it waterproof?"]


def test_the_latest_products_come_first_each_once(session: ChatSession) -> None:
    for ids in (["a", "b"], ["c", "a"], [f"d{n}" for n in range(MAX_PRODUCTS)]):
        say(session, "look", author=Message.Author.ASSISTANT, parts=[ProductsPart(product_ids=ids)])
    assert summarise(session=session, reason="").product_ids == [f"d{n}" for n in range(MAX_PRODUCTS)]


def test_long_lines_are_cut_and_an_empty_conversation_is_fine(session: ChatSession, store: Store) -> None:
    assert summarise(session=session, reason="") == Summary(headline="Asked for a person", facts="0 messages")
    say(session, "word \n " * 200)
    (line,) = summarise(session=session, reason="").asked
    assert len(line) <= LINE_LENGTH
    assert line.endswith("…")
    assert "\n" not in line
    assert Escalation.objects.count() == 0

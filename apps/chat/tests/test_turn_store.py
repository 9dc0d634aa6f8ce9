"""What a turn stores is stored once, whichever of its steps comes a second time."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Store
from apps.chat import messages, sessions, turn_store
from apps.chat.draft import Draft
from apps.chat.models import ChatSession, Message
from apps.chat.steps import Say
from apps.chat.turn_records import Accepted, Committed, Opening

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(store: Store) -> ChatSession:
    return sessions.open_session(store=store)


def accept(session: ChatSession, client_id: str) -> Accepted:
    return turn_store.accept(session_id=session.pk, client_id=client_id, text=f"Say {client_id}")


def opened(session: ChatSession, accepted: Accepted) -> Opening:
    opening = turn_store.open_turn(accepted, session_id=session.pk)
    assert opening is not None
    return opening


def commit(opening: Opening) -> Committed | None:
    draft = Draft()
    draft.add(Say("Hello."))
    return turn_store.commit_answer(opening, draft, complete=True, record={})


def answers(session: ChatSession) -> int:
    return Message.objects.filter(session=session, author=Message.Author.ASSISTANT).count()


def test_an_answer_that_is_stored_is_returned_when_its_commit_comes_again(session: ChatSession) -> None:
    opening = opened(session, accept(session, "a"))
    first, again = commit(opening), commit(opening)
    assert first is not None
    assert again is not None
    assert again.frame.id == first.frame.id
    assert answers(session) == 1


def test_of_two_answers_to_one_message_the_second_is_discarded(session: ChatSession) -> None:
    accepted = accept(session, "a")
    first, second = opened(session, accepted), opened(session, accepted)
    assert commit(first) is not None
    accept(session, "b")  # so that this process still owes an answer
    assert commit(second) is None
    assert answers(session) == 1


def test_a_message_that_comes_again_after_a_long_talk_is_not_answered_again(session: ChatSession) -> None:
    assert commit(opened(session, accept(session, "a"))) is not None
    with transaction.atomic():
        for number in range(turn_store.HISTORY + 1):
            messages.append_notice(session=sessions.locked(session.pk), code="note", text=f"Line {number}")
    accept(session, "b")  # so that this process owes an answer
    assert turn_store.open_turn(accept(session, "a"), session_id=session.pk) is None


def test_a_message_that_comes_again_at_once_is_not_answered_again(session: ChatSession) -> None:
    assert commit(opened(session, accept(session, "a"))) is not None
    accept(session, "b")
    again = accept(session, "a")
    with CaptureQueriesContext(connection) as asked:
        assert turn_store.open_turn(again, session_id=session.pk) is None
    assert len(asked) == 2, "the session and its newest lines, which say all that is looked at"

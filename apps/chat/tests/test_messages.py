"""A shopper's message: stored once, acknowledged after the commit, answered, seen by every page."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from django.db import transaction

from apps.accounts.database import in_database
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat import messages, nudge, reading, sessions, turn_store
from apps.chat.models import Message
from apps.chat.steps import Say
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.script import Script
from apps.chat.turn_records import Accepted

pytestmark = pytest.mark.django_db(transaction=True)


@in_database
def lines(session: uuid.UUID) -> list[tuple[int, str, str]]:
    rows = Message.objects.filter(session_id=session).order_by("seq")
    return [(row.seq, row.author, row.text) for row in rows]


async def test_an_answer_streams_then_comes_whole_then_ends(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    message_id = await page.say("Hi")
    accepted = await page.until("message.accepted")
    assert accepted["id"] == message_id
    end = await page.until("turn.end")

    assert page.text_of(accepted["turn"]) == "Hello there."
    kinds = [frame["type"] for frame in page.frames[1:]]
    assert kinds == ["message.accepted", "message.delta", "message.delta", "message", "turn.end"]
    answer = page.of("message")[0]
    assert answer["parts"] == [{"type": "text", "text": "Hello there."}]
    assert answer["seq"] == accepted["seq"] + 1
    assert end == {"type": "turn.end", "turn": accepted["turn"], "state": "complete", "message_id": answer["id"]}
    assert await lines(page.session) == [(1, "shopper", "Hi"), (2, "assistant", "Hello there.")]


async def test_the_acknowledgement_comes_after_the_commit(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the moment of the acknowledgement another connection reads the message; before it, nothing is there."""
    page = await open_page()
    reached, go_on = asyncio.Event(), asyncio.Event()
    real = turn_store.accept
    loop = asyncio.get_running_loop()

    def slow_accept(**arguments: object) -> Accepted:
        loop.call_soon_threadsafe(reached.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(PATIENCE_S)
        return real(**arguments)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(turn_store, "accept", slow_accept)
    await page.say("Hi")
    await reached.wait()
    assert await page.silent()
    assert await lines(page.session) == []
    go_on.set()
    await page.until("message.accepted")
    assert (1, "shopper", "Hi") in await lines(page.session)


async def test_a_message_that_cannot_be_stored_is_not_acknowledged(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page()

    def broken(**_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(turn_store, "accept", broken)
    await page.say("Hi", "m1")
    error = await page.refused()
    assert (error["code"], error["id"], error["retry"]) == ("server_error", "m1", True)
    assert page.of("message.accepted") == []
    monkeypatch.undo()


async def test_an_answer_that_cannot_be_stored_leaves_no_page_waiting(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page()
    other = await open_page(token=page.token)

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(turn_store, "commit_answer", broken)
    await page.say("Hi", "m1")
    turn = (await page.until("message.accepted"))["turn"]
    error = await page.refused()
    assert (error["code"], error["retry"]) == ("server_error", True)
    await page.until("turn.end", turn=turn, state="incomplete")
    await other.until("turn.end", turn=turn, state="incomplete")
    monkeypatch.undo()
    await page.send("message.retry", turn=turn)
    await page.until("turn.end", turn=turn, state="complete")
    assert [author for _, author, _ in await lines(page.session)] == ["shopper", "assistant"]


async def test_the_same_id_twice_stores_and_answers_once(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.say("Hi", "m1")
    first = await page.until("message.accepted")
    await page.until("turn.end")
    await page.say("Hi", "m1")
    again = await page.until("message.accepted")
    assert again == first
    await page.until("turn.end", state="complete")
    assert await lines(page.session) == [(1, "shopper", "Hi"), (2, "assistant", "Hello there.")]
    assert len(script.turns) == 1


async def test_the_same_id_sent_twice_at_once_stores_and_answers_once(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    other = await open_page(token=page.token)
    await asyncio.gather(page.say("Hi", "m1"), other.say("Hi", "m1"))
    await page.until("message.accepted")
    await other.until("message.accepted")
    await page.until("turn.end")
    await asyncio.sleep(0.1)
    assert [line[2] for line in await lines(page.session)] == ["Hi", "Hello there."]
    assert len(script.turns) == 1


async def test_the_same_id_with_another_text_is_a_conflict(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.say("Hi", "m1")
    await page.until("turn.end")
    await page.say("Bye", "m1")
    error = await page.refused()
    assert (error["code"], error["id"]) == ("conflict", "m1")
    assert [line[2] for line in await lines(page.session)] == ["Hi", "Hello there."]


async def test_messages_are_stored_in_the_order_of_sending(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    for number in range(10):
        await page.say(f"number {number}")
    for _ in range(10):
        await page.until("turn.end")
    said = [text for _, author, text in await lines(page.session) if author == "shopper"]
    assert said == [f"number {number}" for number in range(10)]


async def test_a_second_message_is_acknowledged_while_the_first_is_being_answered(
    open_page: OpenPage, script: Script
) -> None:
    gate = asyncio.Event()
    script.lines = [Say("Well"), gate, Say(".")]
    page = await open_page()
    await page.say("one")
    first = await page.until("message.accepted")
    await page.until("message.delta")
    await page.say("two")
    second = await page.until("message.accepted")
    gate.set()
    await page.until("turn.end", turn=first["turn"])
    await page.until("turn.end", turn=second["turn"])
    assert [line[2] for line in await lines(page.session)] == ["one", "two", "Well.", "Well."]
    assert [(line.author, line.text) for line in script.turns[1].history] == [
        ("shopper", "one"),
        ("assistant", "Well."),
    ]


async def test_two_pages_of_a_session_both_see_everything(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    other = await open_page(token=page.token)
    await page.say("Hi", "m1")
    turn = (await page.until("message.accepted"))["turn"]
    await page.until("turn.end")
    await other.until("turn.end")

    question, answer = other.of("message")
    assert (question["author"]["kind"], question["client_id"], question["seq"]) == ("shopper", "m1", 1)
    assert answer["parts"] == [{"type": "text", "text": "Hello there."}]
    assert other.text_of(turn) == page.text_of(turn) == "Hello there."
    assert [frame["seq"] for frame in page.of("message")] == [2]


async def test_pages_of_this_process_need_not_read_what_its_hub_tells_them(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    monkeypatch.setattr(reading, "news", lambda **asked: read.append(asked))
    page = await open_page()
    other = await open_page(token=page.token)
    await page.say("Hi")
    await page.until("turn.end")
    await other.until("turn.end")
    assert await page.silent()
    assert read == []


async def test_a_message_of_another_process_is_read_when_its_nudge_comes(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()

    @in_database
    def elsewhere() -> None:
        with transaction.atomic():
            session = sessions.locked(page.session)
            messages.append(session=session, author=Message.Author.ASSISTANT, text="From afar.")
            nudge.session_changed(session_id=page.session, by="another process")

    await elsewhere()
    assert (await page.until("message"))["parts"] == [{"type": "text", "text": "From afar."}]


async def test_pages_of_other_sessions_see_nothing(open_page: OpenPage, script: Script) -> None:
    page, stranger = await open_page(), await open_page()
    await page.say("Hi")
    await page.until("turn.end")
    assert await stranger.silent()


async def test_invisible_characters_and_outer_blanks_are_not_kept(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.say("  a\x00b\u202ec \r\n d\u200b 👩‍🚀  ")
    await page.until("turn.end")
    assert (await lines(page.session))[0][2] == "abc \n d 👩‍🚀"

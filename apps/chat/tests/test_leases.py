"""Who answers a session when several processes could, when one dies, and when the database goes away."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import OperationalError, transaction
from django.utils import timezone

from apps.accounts.database import DatabaseAway, in_database
from apps.accounts.models import User
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat import leases, messages, nudge, ownership, patience, reading, sessions, turn, turn_store
from apps.chat.models import ChatSession, Message, ToolCall, WebProcess
from apps.chat.outbox import TRY_AGAIN
from apps.chat.runner import RUNNER
from apps.chat.steps import Say, TurnContext
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.page import Page
from apps.chat.tests.script import Script
from apps.chat.tools.base import ToolError
from apps.chat.tools.cart import AddToCart
from apps.chat.watch import STEADY, Watch

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def another_process(*, alive: bool) -> Iterator[uuid.UUID]:
    """What is done inside is done by another process."""
    other, me = uuid.uuid4(), leases.ME
    seen = timezone.now() if alive else timezone.now() - timedelta(minutes=1)
    WebProcess.objects.create(pk=other, seen_at=seen)
    leases.ME = other
    try:
        yield other
    finally:
        leases.ME = me


@in_database
def accepted_elsewhere(session: uuid.UUID, *texts: str, alive: bool = False) -> uuid.UUID:
    """Another process accepts messages and answers none of them; it is dead, or answers something else."""
    with another_process(alive=alive) as other:
        for text in texts:
            turn_store.accept(session_id=session, client_id=f"far-{text}", text=text)
    return other


@in_database
def lines(session: uuid.UUID) -> list[tuple[str, str]]:
    return [(row.author, row.text) for row in Message.objects.filter(session_id=session).order_by("seq")]


@in_database
def lease(session: uuid.UUID) -> tuple[uuid.UUID | None, int | None, int]:
    row = ChatSession.objects.get(pk=session)
    return row.answering_by, row.waiting_from, row.recoveries


async def steady() -> Watch:
    """The watch of a process that has been there for a while."""
    watch = Watch(RUNNER)
    for _ in range(STEADY):
        await watch.beat()
    return watch


async def test_the_lease_lasts_from_the_message_to_its_answer(open_page: OpenPage, script: Script) -> None:
    go_on = asyncio.Event()
    script.lines = [Say("It is "), go_on, Say("warm.")]
    page = await open_page()
    await page.say("Is it warm?")
    await page.until("message.delta")
    assert await lease(page.session) == (leases.ME, 1, 0)
    await page.say("And dry?")
    await page.until("message.accepted")
    go_on.set()
    await page.until("turn.end")
    await page.until("turn.end")
    assert await lease(page.session) == (None, None, 0)


async def test_what_a_dead_process_accepted_is_answered_in_order_without_its_page(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()
    await page.close()
    await accepted_elsewhere(page.session, "one", "two")
    await steady()
    await RUNNER.idle()
    assert [author for author, _ in await lines(page.session)] == ["shopper", "shopper", "assistant", "assistant"]
    assert [context.text for context in script.turns] == ["one", "two"]
    assert await lease(page.session) == (None, None, 0)


async def test_nobody_is_taken_for_dead_before_all_had_time_to_say_that_they_live(
    open_page: OpenPage, script: Script
) -> None:
    """After an outage of the database every heartbeat is old."""
    page = await open_page()
    await accepted_elsewhere(page.session, "one")
    watch = Watch(RUNNER)
    for _ in range(STEADY - 1):
        await watch.beat()
    assert script.turns == []
    await watch.beat()
    await page.until("turn.end")
    assert [context.text for context in script.turns] == ["one"]


async def test_a_living_process_keeps_its_sessions(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    holder = await accepted_elsewhere(page.session, "one", alive=True)
    await steady()
    await RUNNER.idle()
    assert script.turns == []
    assert await lease(page.session) == (holder, 1, 0)


async def test_of_two_who_take_a_session_over_one_succeeds(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await accepted_elsewhere(page.session, "one")
    [owed] = await in_database(leases.owed)()
    claims = await asyncio.gather(*(in_database(leases.claim)(owed) for _ in range(4)))
    assert sorted(claims) == [False, False, False, True]


async def test_a_message_that_another_process_accepts_is_answered_by_the_one_that_answers(
    open_page: OpenPage, script: Script
) -> None:
    """In the order of acceptance, with what the first answer made the assistant remember."""
    go_on = asyncio.Event()

    async def remember(context: TurnContext) -> None:
        context.dialogue.last_products = [*context.dialogue.last_products, context.text]

    script.lines = [go_on, remember, Say("Yes.")]
    page = await open_page()
    await page.say("one")
    await page.until("message.accepted")
    await script.begun()  # what is done by another process from here on is not done by this one

    @in_database
    def elsewhere() -> turn_store.Accepted:
        with another_process(alive=True):
            return turn_store.accept(session_id=page.session, client_id="far", text="two")

    assert (await elsewhere()).elsewhere
    await page.say("three")
    await page.until("message.accepted")
    go_on.set()
    for _ in range(3):
        await page.until("turn.end", state="complete")
    assert [context.text for context in script.turns] == ["one", "two", "three"]
    assert script.turns[2].dialogue.last_products == ["one", "two", "three"]
    assert await lease(page.session) == (None, None, 0)


async def test_the_last_answer_looks_for_messages_that_came_elsewhere_meanwhile(
    open_page: OpenPage, script: Script
) -> None:
    go_on = asyncio.Event()
    script.lines = [go_on, Say("Yes.")]
    page = await open_page()
    await page.say("one")
    await page.until("message.accepted")
    await script.begun()
    await accepted_elsewhere(page.session, "two", alive=True)
    go_on.set()
    await page.until("turn.end", state="complete")
    await page.until("turn.end", state="complete")
    assert [context.text for context in script.turns] == ["one", "two"]


async def test_the_same_message_at_two_processes_is_stored_and_answered_once(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()
    holder = await accepted_elsewhere(page.session, "one", alive=True)
    await page.say("one", "far-one")
    await page.until("message.accepted", id="far-one")
    assert await page.silent()
    assert script.turns == []
    assert await lease(page.session) == (holder, 1, 0)


async def test_a_page_sees_that_another_process_answers_and_how_that_ends(
    open_page: OpenPage, script: Script
) -> None:
    first = await open_page()
    await accepted_elsewhere(first.session, "one", alive=True)
    page = await open_page(token=first.token)
    turn_id = (await page.until("message"))["turn"]
    assert page.frames[0]["turn"] == turn_id

    @in_database
    def answered_there() -> None:
        with transaction.atomic():
            session = sessions.locked(page.session)
            also = leases.drop(session)
            messages.append(
                session=session, author=Message.Author.ASSISTANT, text="Yes.", turn=uuid.UUID(turn_id), also=also
            )
            nudge.session_changed(session_id=page.session, by="another process")

    await answered_there()
    end = await page.until("turn.end", turn=turn_id)
    assert (end["state"], end["message_id"]) == ("complete", page.of("message")[-1]["id"])


async def test_a_page_looks_for_an_answer_whose_nudge_was_lost(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.chat.outbox.LOOK_EVERY", 0.1)
    monkeypatch.setattr("apps.chat.nudge.broadcast", lambda **_: None)
    first = await open_page()
    await accepted_elsewhere(first.session, "one", alive=True)
    page = await open_page(token=first.token)

    @in_database
    def take_over() -> None:
        ChatSession.objects.filter(pk=page.session).update(answering_by=leases.ME)

    await take_over()
    await page.until("message")
    script.lines = [Say("Yes.")]
    with pytest.MonkeyPatch.context() as deaf:
        deaf.setattr(RUNNER.hub, "publish", lambda *_, **__: None)
        RUNNER.recover(page.session)
        await RUNNER.idle()
    await page.until("turn.end", state="complete")


async def test_a_stop_at_another_process_reaches_the_one_that_answers(open_page: OpenPage, script: Script) -> None:
    script.lines = [Say("Well"), asyncio.Event()]
    page = await open_page()
    await page.say("one")
    await page.until("message.delta")
    await in_database(leases.ask_to_stop)(page.session)
    await Watch(RUNNER).beat()
    end = await page.until("turn.end")
    assert end["state"] == "incomplete"
    assert page.of("message")[-1]["parts"][-1] == {"type": "text", "text": "Well"}
    script.lines = [Say("Now.")]
    await page.say("two")
    await page.until("turn.end", state="complete")
    await page.send("message.retry", turn=end["turn"])
    await page.until("turn.end", turn=end["turn"], state="complete")


async def test_a_turn_that_breaks_again_and_again_ends_honestly(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await accepted_elsewhere(page.session, "one")

    @in_database
    def tried_often() -> None:
        ChatSession.objects.filter(pk=page.session).update(recoveries=leases.MAX_RECOVERIES)

    await tried_often()
    await steady()
    end = await page.until("turn.end")
    assert end["state"] == "incomplete"
    assert page.of("message")[-1]["parts"][0]["code"] == "answer_failed"
    assert script.turns == []
    await page.send("message.retry", turn=end["turn"])
    await page.until("turn.end", state="complete")


async def test_a_turn_that_broke_is_taken_up_by_its_own_process(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    page = await open_page()
    with monkeypatch.context() as broken_disk:
        broken_disk.setattr(turn_store, "commit_answer", broken)
        await page.say("one")
        await page.until("turn.end", state="incomplete")
    await Watch(RUNNER).beat()
    await page.until("turn.end", state="complete")
    assert await lines(page.session) == [("shopper", "one"), ("assistant", "Hello there.")]


async def test_who_was_taken_for_dead_neither_acts_nor_answers(
    open_page: OpenPage, script: Script, shelf: object
) -> None:
    refused: list[str] = []

    async def lose_the_lease(context: TurnContext) -> None:
        await in_database(ChatSession.objects.filter(pk=context.session_id).update)(answering_by=uuid.uuid4())
        try:
            await context.tools.call("add_to_cart", {"product_id": "mug", "quantity": 1}, "c1")
        except ToolError as error:
            refused.append(error.code)

    page = await open_page()
    script.lines = [lose_the_lease, Say("It is in your cart.")]
    await page.say("a mug")
    assert (await page.until("turn.end"))["state"] == "discarded"
    assert refused == ["taken_over"]
    assert await lines(page.session) == [("shopper", "a mug")]
    assert await in_database(ToolCall.objects.count)() == 0


async def test_a_person_who_takes_over_owes_the_answer(open_page: OpenPage, script: Script, agent: User) -> None:
    page = await open_page()
    await accepted_elsewhere(page.session, "one")

    @in_database
    def take_over() -> None:
        with transaction.atomic():
            ownership.to_agent(session_id=page.session, agent=agent)

    await take_over()
    assert await lease(page.session) == (None, None, 0)
    await steady()
    assert script.turns == []


async def test_the_watch_takes_leave_when_its_turns_have_ended(open_page: OpenPage, script: Script) -> None:
    go_on, stopping = asyncio.Event(), asyncio.Event()
    script.lines = [Say("One "), go_on, Say("moment.")]
    page = await open_page()
    watching = asyncio.create_task(Watch(RUNNER).run(stopping))
    await page.say("one")
    await page.until("message.delta")
    stopping.set()
    await page.until("drain")
    assert not watching.done()
    go_on.set()
    await page.until("turn.end", state="complete")
    await watching
    assert not await in_database(WebProcess.objects.filter(pk=leases.ME).exists)()


async def test_a_process_that_is_stopped_is_not_taken_for_dead_before_its_answers_have_ended(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "DEAD_AFTER", timedelta(seconds=0.5))
    monkeypatch.setattr("apps.chat.watch.BEAT", 0.1)
    go_on, stopping = asyncio.Event(), asyncio.Event()
    script.lines = [Say("One "), go_on, Say("moment.")]
    page = await open_page()
    watching = asyncio.create_task(Watch(RUNNER).run(stopping))
    await page.say("one")
    await page.until("message.delta")
    stopping.set()
    await page.until("drain")
    await asyncio.sleep(1)

    @in_database
    def owed_in_the_eyes_of_another() -> list[leases.Owed]:
        with another_process(alive=True):
            return leases.owed()

    assert await owed_in_the_eyes_of_another() == []
    go_on.set()
    await page.until("turn.end", state="complete")
    await watching


async def test_a_process_that_has_much_to_do_says_that_it_is_there(open_page: OpenPage) -> None:
    enough = threading.Event()
    much = range(3 * settings.DATABASE_THREADS)
    crowd = [asyncio.ensure_future(in_database(enough.wait)(2 * PATIENCE_S)) for _ in much]
    await asyncio.wait_for(Watch(RUNNER).beat(), PATIENCE_S)
    enough.set()
    assert all(await asyncio.gather(*crowd))


@pytest.mark.mysql
async def test_a_beat_waits_for_nobody_who_hangs_with_a_session_locked(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()
    await accepted_elsewhere(page.session, "one")
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            sessions.locked(page.session)
            held.set()
            let_go.wait(30)

    holding = asyncio.ensure_future(in_database(hold)())
    await asyncio.to_thread(held.wait)
    began = time.monotonic()
    watch = await steady()
    waited = time.monotonic() - began
    let_go.set()
    await holding
    assert waited < 8  # a lock is waited for ten seconds
    assert script.turns == []
    await watch.beat()
    await RUNNER.idle()
    assert [context.text for context in script.turns] == ["one"]


class Outage:
    """The database is away for the next `calls` calls of a function."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self, real: Callable[..., object], *arguments: object, **named: object) -> object:
        if self.left:
            self.left -= 1
            raise DatabaseAway("database_away") from OperationalError(2002, "nobody listens there")
        return real(*arguments, **named)


@pytest.mark.parametrize("function", ["open_turn", "commit_answer"])
async def test_an_answer_that_is_owed_waits_for_the_database(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setattr(turn_store, function, partial(Outage(3), getattr(turn_store, function)))
    page = await open_page()
    await page.say("one")
    await page.until("turn.end", state="complete")
    assert await lines(page.session) == [("shopper", "one"), ("assistant", "Hello there.")]
    assert page.of("error") == []


async def test_a_tool_that_acts_waits_for_the_database(
    open_page: OpenPage, script: Script, shelf: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def add(context: TurnContext) -> None:
        await context.tools.call("add_to_cart", {"product_id": "mug", "quantity": 1}, "c1")

    monkeypatch.setattr(AddToCart, "act", partial(Outage(3), AddToCart().act))
    page = await open_page()
    script.lines = [add, Say("It is in your cart.")]
    await page.say("a mug")
    await page.until("turn.end", state="complete")
    assert await in_database(ToolCall.objects.count)() == 1


async def test_a_message_that_cannot_be_stored_in_time_is_to_be_sent_again(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "ACCEPT_PATIENCE", 0.2)
    outage = Outage(1000)
    monkeypatch.setattr(turn_store, "accept", partial(outage, turn_store.accept))
    page = await open_page()
    await page.say("one", "m1")
    error = await page.refused()
    assert (error["code"], error["retry"], error["id"]) == ("unavailable", True, "m1")
    assert page.of("message.accepted") == []
    outage.left = 0
    await page.say("one", "m1")
    await page.until("turn.end", state="complete")
    assert len(await lines(page.session)) == 2


async def test_a_hello_while_the_database_is_away_may_be_said_again(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    page: Page = await open_page(hello=False)
    outage = Outage(1000)
    monkeypatch.setattr(reading, "enter", partial(outage, reading.enter))
    await page.send("hello", v=1)
    error = await page.refused()
    assert (error["code"], error["retry"]) == ("unavailable", True)
    outage.left = 0
    await page.hello()


async def test_a_message_that_came_just_before_an_outage_is_shown_after_it(
    open_page: OpenPage, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing else waits for that: an unanswered ping would end the connection."""
    monkeypatch.setattr("apps.chat.outbox.NEWS_PATIENCE", 0.1)
    page = await open_page()
    outage = Outage(1000)
    monkeypatch.setattr(reading, "news", partial(outage, reading.news))

    @in_database
    def take_over() -> None:
        with transaction.atomic():
            ownership.to_agent(session_id=page.session, agent=agent)

    await take_over()
    for _ in range(3):
        await page.send("ping")
        await page.until("pong")
    outage.left = 0
    assert (await page.until("message"))["author"]["kind"] == "system"
    assert page.of("error") == []


async def test_a_page_that_cannot_come_to_its_session_connects_again(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not only a new page: this one would show in its old conversation what is said in the new one."""
    monkeypatch.setattr("apps.chat.outbox.ARRIVAL_PATIENCE", 0.1)
    page = await open_page()
    monkeypatch.setattr(reading, "arrival", partial(Outage(1000), reading.arrival))
    await page.send("session.new")
    closed = await page.socket.receive_output(timeout=PATIENCE_S)
    assert (closed["type"], closed["code"]) == ("websocket.close", TRY_AGAIN)


async def test_a_message_that_was_stored_by_a_process_that_died_at_once_is_shown_when_it_comes_again(
    open_page: OpenPage, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person answers, so no answer makes the other pages (and the desk) read."""
    watching = await open_page()
    page = await open_page(token=watching.token)

    @in_database
    def take_over() -> None:
        with transaction.atomic():
            ownership.to_agent(session_id=page.session, agent=agent)

    await take_over()
    await watching.until("owner")
    with monkeypatch.context() as dying:
        dying.setattr("apps.chat.nudge.broadcast", lambda **_: None)
        await accepted_elsewhere(page.session, "one")
    await page.say("one", "far-one")
    assert (await watching.until("message", client_id="far-one"))["seq"] == 2


async def test_patience_ends() -> None:
    def away() -> None:
        raise DatabaseAway("database_away")

    with pytest.raises(DatabaseAway):
        await patience.patiently(0.2, away)

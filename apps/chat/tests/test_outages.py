"""The database goes away: what is owed waits for it, and nobody is told a lie."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.db import OperationalError, transaction

from apps.accounts.database import DatabaseAway, in_database
from apps.accounts.models import User
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat import ownership, patience, reading, turn, turn_store
from apps.chat.models import ToolCall
from apps.chat.outbox import TRY_AGAIN
from apps.chat.steps import Say, TurnContext
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.elsewhere import accepted_elsewhere, lines
from apps.chat.tests.page import Page
from apps.chat.tests.script import Script
from apps.chat.tools.cart import AddToCart

pytestmark = pytest.mark.django_db(transaction=True)


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

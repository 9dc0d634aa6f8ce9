"""Connections that the server ends, between and in the middle of turns: no shopper notices."""

from __future__ import annotations

import asyncio
import itertools
import uuid

import pytest
from django.db import connection

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.accounts.tests.mysql import Moment, kill, lose_connection, this_connection
from apps.catalog.product import Product
from apps.chat import handoff, sessions
from apps.chat.models import CartItem, Message
from apps.chat.steps import TurnContext
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.desk import TestDesk
from apps.chat.tests.page import Page
from apps.chat.tests.script import Script

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mysql]

MOMENTS = ["before the commit", "after the commit"]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("commit", [0, 1], ids=["of the message", "of the answer"])
async def test_a_connection_that_is_lost_at_a_commit_fails_no_turn(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch, commit: int, moment: Moment
) -> None:
    page = await open_page()
    lose_connection(monkeypatch, moment, after=commit)
    await page.say("Hi")
    end = await page.until("turn.end")
    assert end["state"] == "complete"
    assert page.of("message")[0]["parts"] == [{"type": "text", "text": "Hello there."}]
    assert page.of("error") == []
    assert await _lines(page.session) == [(1, "shopper", "Hi"), (2, "assistant", "Hello there.")]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_tool_acts_once(
    open_page: OpenPage, script: Script, shelf: list[Product], monkeypatch: pytest.MonkeyPatch, moment: Moment
) -> None:
    async def add(turn: TurnContext) -> None:
        lose_connection(monkeypatch, moment)
        await turn.tools.call("add_to_cart", {"product_id": "mug"}, "call-1")

    script.lines.insert(0, add)
    page = await open_page()
    await page.say("One mug")
    assert (await page.until("turn.end"))["state"] == "complete"
    assert await in_database(_cart)() == [("mug", 1)]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_shopper_asks_for_a_person_once(
    store: Store, desk: TestDesk, monkeypatch: pytest.MonkeyPatch, moment: Moment
) -> None:
    session = await in_database(sessions.open_session)(store=store)
    lose_connection(monkeypatch, moment)
    place = await in_database(handoff.ask)(session_id=session.pk, reason="A person, please")
    assert place.position in (1, 2)  # this desk keeps its queue in memory, where nothing is rolled back
    assert await _lines(session.pk) == [(1, "system", "You are in the queue for a person.")]


@pytest.fixture
def only_the_pool(store: Store) -> None:
    """Only the pool's threads have connections, not the test's."""
    connection.close()


async def test_turns_go_on_while_an_operator_ends_every_connection_again_and_again(
    only_the_pool: None, open_page: OpenPage, script: Script
) -> None:
    pages = [await open_page() for _ in range(4)]
    done = asyncio.Event()

    async def operator() -> int:
        for rounds in itertools.count():
            if done.is_set():
                return rounds
            await asyncio.to_thread(_kill_the_pools_connections)
            await asyncio.sleep(0.1)
        return 0

    async def shopper(page: Page) -> None:
        for turn in range(10):
            await page.say(f"Message {turn}")
            assert (await page.until("turn.end"))["state"] == "complete"

    killing = asyncio.create_task(operator())
    await asyncio.gather(*(shopper(page) for page in pages))
    done.set()
    assert await killing >= 2
    for page in pages:
        assert page.of("error") == []
        rows = await _lines(page.session)
        assert [seq for seq, _, _ in rows] == list(range(1, 21))
        assert [text for _, author, text in rows if author == "shopper"] == [f"Message {n}" for n in range(10)]


def _kill_the_pools_connections() -> None:
    own = this_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id != %s", [own])
        others = [number for (number,) in cursor.fetchall()]
    connection.close()
    kill(*others)


@in_database
def _lines(session: uuid.UUID) -> list[tuple[int, str, str]]:
    rows = Message.objects.filter(session_id=session).order_by("seq")
    return [(row.seq, row.author, row.text) for row in rows]


def _cart() -> list[tuple[str, int]]:
    return list(CartItem.objects.values_list("product_id", "quantity"))

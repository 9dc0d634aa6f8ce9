"""A process that dies, hangs or is stopped: its sessions are watched, and taken over once."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from apps.accounts.database import in_database
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat import leases, sessions, turn_store
from apps.chat.models import ChatSession, ToolCall, WebProcess
from apps.chat.runner import RUNNER
from apps.chat.steps import Say, TurnContext
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.elsewhere import accepted_elsewhere, another_process, lease, lines, steady
from apps.chat.tests.script import Script
from apps.chat.tools.base import ToolError
from apps.chat.watch import STEADY, Watch

pytestmark = pytest.mark.django_db(transaction=True)


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

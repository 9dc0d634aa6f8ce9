"""Who answers a session when several processes could."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from django.db import transaction

from apps.accounts.database import in_database
from apps.accounts.models import User
from apps.chat import leases, messages, nudge, ownership, sessions, turn_store
from apps.chat.models import ChatSession, Message
from apps.chat.runner import RUNNER
from apps.chat.steps import Say, TurnContext
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.elsewhere import accepted_elsewhere, another_process, lease, steady
from apps.chat.tests.script import Script
from apps.chat.turn_records import Accepted
from apps.chat.watch import Watch

pytestmark = pytest.mark.django_db(transaction=True)


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
    def elsewhere() -> Accepted:
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

"""A person takes over: in mid-answer, with the assistant silent meanwhile, and the way back."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction

from apps.accounts.database import in_database
from apps.accounts.models import User
from apps.chat import ownership, turn_store
from apps.chat.models import ChatSession, Message
from apps.chat.steps import Say, TurnContext
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.desk import TestDesk
from apps.chat.tests.mid_answer import in_mid_answer, said_by_assistant
from apps.chat.tests.script import Script

pytestmark = pytest.mark.django_db(transaction=True)


@in_database
def take_over(session: uuid.UUID, agent: User) -> None:
    with transaction.atomic():
        ownership.to_agent(session_id=session, agent=agent)


@in_database
def hand_back(session: uuid.UUID) -> None:
    with transaction.atomic():
        ownership.to_assistant(session_id=session, text="The assistant is back.")


@in_database
def write(session: uuid.UUID, agent: User, text: str) -> Message:
    with transaction.atomic():
        return ownership.say_as_agent(session_id=session, agent=agent, text=text)


async def test_a_takeover_in_mid_answer_discards_the_streamed_text(
    open_page: OpenPage, script: Script, desk: TestDesk, agent: User
) -> None:
    page = await open_page()
    turn, _ = await in_mid_answer(page, script)
    await take_over(page.session, agent)
    end = await page.until("turn.end")
    assert (end["turn"], end["state"]) == (turn, "discarded")
    assert await said_by_assistant(page.session) == []
    assert page.of("owner")[-1] == {
        "type": "owner", "owner": "agent", "agent": "Agent", "position": None, "online": None,
    }  # fmt: skip
    assert page.of("message")[-1]["parts"][0]["code"] == "agent_joined"
    assert script.cancelled == 1


async def test_a_takeover_at_the_moment_of_the_commit_wins(
    open_page: OpenPage, script: Script, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could stop the answer any more: the check inside its transaction does."""
    page = await open_page()
    real = turn_store.commit_answer

    def late(*arguments: object, **named: object) -> object:
        with transaction.atomic():
            ownership.to_agent(session_id=page.session, agent=agent)
        return real(*arguments, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(turn_store, "commit_answer", late)
    await page.say("Is it warm?")
    assert (await page.until("turn.end"))["state"] == "discarded"
    assert await said_by_assistant(page.session) == []


async def test_an_answer_that_began_before_a_takeover_is_not_committed_after_the_handback(
    open_page: OpenPage, script: Script, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page()
    real = turn_store.commit_answer

    def late(*arguments: object, **named: object) -> object:
        with transaction.atomic():
            ownership.to_agent(session_id=page.session, agent=agent)
            ownership.to_assistant(session_id=page.session, text="Back.")
        return real(*arguments, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(turn_store, "commit_answer", late)
    await page.say("Is it warm?")
    assert (await page.until("turn.end"))["state"] == "discarded"


@pytest.mark.parametrize("owner", ["queue", "agent"])
async def test_while_a_person_owns_the_session_the_assistant_is_silent_and_the_desk_hears(
    open_page: OpenPage, script: Script, desk: TestDesk, agent: User, owner: str
) -> None:
    page = await open_page()
    if owner == "queue":
        await page.send("handoff.request", reason="")
    else:
        await take_over(page.session, agent)
    await page.until("owner", owner=owner)
    await page.say("Anybody there?")
    await page.until("message.accepted")
    end = await page.until("turn.end")
    assert (end["state"], end["message_id"]) == ("complete", None)
    assert await page.silent()
    assert script.turns == []
    assert desk.heard == ["Anybody there?"]


async def test_leaving_ends_a_talk_with_a_person_too(
    open_page: OpenPage, script: Script, desk: TestDesk, agent: User
) -> None:
    page = await open_page()
    await take_over(page.session, agent)
    await page.until("owner", owner="agent")
    await page.send("handoff.leave")
    await page.until("owner", owner="assistant")


async def test_the_assistants_own_escalation_still_says_its_last_words(
    open_page: OpenPage, script: Script, desk: TestDesk
) -> None:
    async def escalate(turn: TurnContext) -> None:
        result = await turn.tools.call("escalate_to_human", {"reason": "wants a person"}, "e1")
        assert result.content == {"position": 1, "online": True}

    page = await open_page()
    script.lines = [escalate, Say("Somebody will be with you.")]
    await page.say("I want a person")
    await page.until("turn.end", state="complete")
    assert await said_by_assistant(page.session) == ["Somebody will be with you."]
    assert desk.reasons == ["wants a person"]
    if not page.of("owner"):
        await page.until("owner")
    assert page.of("owner")[-1]["owner"] == "queue"
    await page.say("Hello?")
    await page.until("turn.end")
    assert len(script.turns) == 1


async def test_an_escalation_that_is_taken_over_at_once_discards_the_last_words(
    open_page: OpenPage, script: Script, desk: TestDesk, agent: User
) -> None:
    async def escalate(turn: TurnContext) -> None:
        await turn.tools.call("escalate_to_human", {"reason": "wants a person"}, "e1")
        await take_over(uuid.UUID(turn.session_id), agent)

    page = await open_page()
    script.lines = [escalate, Say("Somebody will be with you.")]
    await page.say("I want a person")
    await page.until("turn.end", state="discarded")
    assert await said_by_assistant(page.session) == []


async def test_the_assistant_cannot_act_after_a_takeover(
    open_page: OpenPage, script: Script, agent: User, shelf: object
) -> None:
    async def add(turn: TurnContext) -> None:
        await take_over(uuid.UUID(turn.session_id), agent)
        await turn.tools.call("add_to_cart", {"product_id": "mug"}, "c1")

    page = await open_page()
    script.lines = [add, Say("Added.")]
    await page.say("A mug please")
    await page.until("turn.end", state="discarded")
    again = await open_page(token=page.token)
    assert again.frames[0]["cart"]["count"] == 0


async def test_a_persons_words_reach_every_page_with_their_name_and_the_products_they_name(
    open_page: OpenPage, script: Script, agent: User, shelf: object
) -> None:
    page = await open_page()
    other = await open_page(token=page.token)
    await take_over(page.session, agent)
    await write(page.session, agent, "Take the Harbour Rain Jacket, it is light.")
    for one in (page, other):
        message = await one.until("message", author={"kind": "agent", "name": "Agent"})
        text, products = message["parts"]
        assert text["text"] == "Take the Harbour Rain Jacket, it is light."
        assert [card["product_id"] for card in products["items"]] == ["jacket-blue"]


async def test_after_a_handback_the_assistant_knows_what_the_person_named(
    open_page: OpenPage, script: Script, agent: User, shelf: object
) -> None:
    page = await open_page()
    await take_over(page.session, agent)
    await write(page.session, agent, "Take the Harbour Rain Jacket.")
    await hand_back(page.session)
    await page.until("owner", owner="assistant")
    await page.say("add that one")
    await page.until("turn.end", state="complete")
    turn = script.turns[0]
    assert turn.dialogue.last_products == ["jacket-blue"]
    assert [(line.author, line.name, line.product_ids) for line in turn.history] == [
        ("system", "", []),
        ("agent", "Agent", ["jacket-blue"]),
        ("system", "", []),
    ]


async def test_only_the_person_who_owns_the_session_may_write_in_it(
    open_page: OpenPage, script: Script, agent: User, manager: User
) -> None:
    page = await open_page()
    with pytest.raises(ownership.NotOwner):
        await write(page.session, agent, "Hello")
    await take_over(page.session, agent)
    with pytest.raises(ownership.NotOwner) as refused:
        await write(page.session, manager, "Hello")
    assert refused.value.agent == agent
    await hand_back(page.session)
    with pytest.raises(ownership.NotOwner):
        await write(page.session, agent, "Hello")
    assert await in_database(Message.objects.filter(author="agent").count)() == 0


async def test_typing_goes_both_ways_and_is_not_kept(open_page: OpenPage, script: Script, agent: User) -> None:
    page = await open_page()
    await in_database(ownership.agent_typing)(session_id=page.session, agent=agent)
    assert (await page.until("typing"))["agent"] == "Agent"
    await page.send("typing")
    assert await page.silent()
    assert await in_database(Message.objects.count)() == 0


async def test_an_owner_change_that_is_rolled_back_tells_nobody(
    open_page: OpenPage, script: Script, agent: User
) -> None:
    page = await open_page()

    @in_database
    def fail() -> None:
        with transaction.atomic():
            ownership.to_agent(session_id=page.session, agent=agent)
            raise OSError("the desk's disk is full")

    with pytest.raises(OSError, match="disk is full"):
        await fail()
    assert await page.silent()
    owner = await in_database(lambda: ChatSession.objects.get(pk=page.session).owner)()
    assert owner == "assistant"

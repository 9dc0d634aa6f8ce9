"""Answers survive a process that dies, hangs or is stopped, a database that goes away, two processes at once."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from apps.chat.llm.tests.server import Endless, FakeServer, Held, Reply, serve
from tests.production.shopper import Frame, Page, page, public_key
from tests.stack import Stack, Web

pytestmark = pytest.mark.xdist_group("production")

BACK_WITHIN = 30  # seconds: a dead process is noticed after three; only so that a test ends


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    return public_key(stack)


@pytest.fixture(scope="module")
def _model(stack: Stack) -> Iterator[FakeServer]:
    """A language model that a shopper of the demo store may choose."""
    with serve() as fake:
        stack.ask(
            "bool(__import__('apps.chat.models', fromlist=['ChatSettings']).ChatSettings.objects.update_or_create("
            "store=__import__('apps.accounts.models', fromlist=['Store']).Store.objects.get(is_demo=True),"
            f"defaults={{'base_url': {fake.base_url!r}, 'model': 'fake'}}))"
        )
        yield fake


@pytest.fixture
def model(_model: FakeServer) -> FakeServer:
    _model.answers.clear()
    _model.requests.clear()
    return _model


class Slow:
    """An answer of the model that comes to its end when the test says so."""

    def __init__(self, model: FakeServer, *, times: int = 1) -> None:
        self.go_on = threading.Event()
        model.answers += [Held(("It is ", "finished."), self.go_on)] * times

    def end(self) -> None:
        self.go_on.set()


async def ask_the_model(here: Page, text: str = "Is it warm?") -> str:
    """Ask, and return the turn, whose answer has begun."""
    await here.send("mode.set", mode="llm")
    await here.say(text)
    turn: str = (await here.hear("message.accepted"))["turn"]
    await here.hear("message.delta", turn=turn)
    return turn


async def whole_answer(here: Page, turn: str) -> Frame:
    """The stored answer of a turn, in `frames` already or still to come."""
    while not (found := [one for one in here.frames if one["type"] == "message" and of_assistant(one, turn)]):
        await here.hear("message", within=BACK_WITHIN)
    return found[0]


def of_assistant(frame: Frame, turn: str) -> bool:
    return bool(frame["author"]["kind"] == "assistant" and frame["turn"] == turn)


def said(frame: Frame) -> str:
    return "\n".join(part["text"] for part in frame["parts"] if part["type"] == "text")


def transcript(web: Web, here: Page) -> list[tuple[str, str]]:
    """What is stored: who said what."""
    session = next(frame["session"] for frame in here.frames if frame["type"] == "ready")
    answer = httpx.get(
        f"{web.url}/api/v1/chat/sessions/{session}/messages", headers={"Authorization": f"Session {here.token}"}
    )
    messages: list[dict[str, Any]] = answer.raise_for_status().json()["messages"]
    return [(one["author"]["kind"], said(one)) for one in messages]


ONCE = [("shopper", "Is it warm?"), ("assistant", "It is finished.")]


async def test_a_process_that_is_killed_in_mid_answer_is_replaced_by_another(
    stack: Stack, key: str, model: FakeServer
) -> None:
    first, second = stack.webs
    slow = Slow(model, times=2)
    async with page(first, key) as here:
        turn = await ask_the_model(here)
        first.kill()
    try:
        slow.end()
        async with page(second, key, token=here.token, after=here.seq) as there:
            assert there.frames[-1]["turn"] == turn
            assert said(await whole_answer(there, turn)) == "It is finished."
            assert [frame["state"] for frame in there.frames if frame["type"] == "turn.end"] in ([], ["complete"])
            assert transcript(second, there) == ONCE
    finally:
        first.start()


async def test_what_was_accepted_is_answered_though_nobody_is_there_to_see_it(stack: Stack, key: str) -> None:
    """Intent mode: the index hangs, so that the process dies between the acknowledgement and the answer."""
    first, second = stack.webs
    async with page(first, key) as here:
        stack.index.freeze()
        try:
            await here.say("a warm jacket for men")
            await here.hear("message.accepted")
            first.kill()
        finally:
            stack.index.thaw()
    try:
        async with asyncio.timeout(BACK_WITHIN):
            while len(transcript(second, here)) < 2:  # noqa: ASYNC110 - another process answers
                await asyncio.sleep(0.1)
        await asyncio.sleep(1.5)  # a second answer would come by now
        assert [author for author, _ in transcript(second, here)] == ["shopper", "assistant"]
    finally:
        first.start()


async def test_a_process_that_hangs_loses_its_turn_and_cannot_answer_it_any_more(
    stack: Stack, key: str, model: FakeServer
) -> None:
    first, second = stack.webs
    slow = Slow(model)
    model.answers.append(Reply(("Another one answers.",)))
    async with page(first, key) as here:
        turn = await ask_the_model(here)
        first.freeze()
        try:
            async with page(second, key, token=here.token, after=here.seq) as there:
                assert said(await whole_answer(there, turn)) == "Another one answers."
        finally:
            first.thaw()
        slow.end()
        await here.hear("turn.end", turn=turn, state="discarded")
        assert said(await whole_answer(here, turn)) == "Another one answers."
        assert transcript(second, here) == [("shopper", "Is it warm?"), ("assistant", "Another one answers.")]


async def test_one_message_sent_to_two_processes_at_once_is_stored_and_answered_once(
    stack: Stack, key: str
) -> None:
    first, second = stack.webs
    async with page(first, key) as here, page(second, key, token=here.token) as there:
        for number in range(5):
            client_id = uuid.uuid4().hex
            frame = {"id": client_id, "text": f"hello {number}"}
            await asyncio.gather(here.send("message.send", **frame), there.send("message.send", **frame))
            for one in (here, there):
                turn = (await one.hear("message.accepted", id=client_id))["turn"]
                await one.hear("turn.end", turn=turn, state="complete")
        authors = [author for author, _ in transcript(first, here)]
    assert authors == ["shopper", "assistant"] * 5


async def test_two_pages_at_two_processes_are_answered_one_after_the_other(
    stack: Stack, key: str, model: FakeServer
) -> None:
    first, second = stack.webs
    slow = Slow(model)
    model.answers.append(Reply(("And dry.",)))
    async with page(first, key) as here, page(second, key, token=here.token) as there:
        turn = await ask_the_model(here)
        await there.say("And dry?")
        later = (await there.hear("message.accepted"))["turn"]
        slow.end()
        assert said(await whole_answer(there, turn)) == "It is finished."
        assert said(await whole_answer(there, later)) == "And dry."
        await there.hear("turn.end", turn=later, state="complete")
        await here.hear("turn.end", turn=later, state="complete")
        assert [author for author, _ in transcript(first, here)] == ["shopper"] * 2 + ["assistant"] * 2
    asked = [message["content"] for message in model.requests[1]["messages"]]
    assert asked[-3:] == ["Is it warm?", "It is finished.", "And dry?"]


async def test_a_database_that_is_away_in_mid_answer_gets_the_answer_when_it_is_back(
    stack: Stack, key: str, model: FakeServer
) -> None:
    slow = Slow(model)
    async with page(stack.webs[0], key) as here:
        turn = await ask_the_model(here)
        stack.mariadb.kill()
        slow.end()
        await asyncio.sleep(3)
        stack.mariadb.start()
        await here.hear("turn.end", turn=turn, state="complete")
        assert transcript(stack.webs[0], here) == ONCE


async def test_a_message_that_the_database_cannot_take_is_not_acknowledged_until_it_can(
    stack: Stack, key: str
) -> None:
    async with page(stack.webs[0], key) as here:
        stack.mariadb.kill()
        client_id = await here.say("hello")
        error = await here.hear("error", id=client_id)
        assert (error["code"], error["retry"]) == ("unavailable", True)
        assert not [frame for frame in here.frames if frame["type"] == "message.accepted"]
        stack.mariadb.start()
        await here.send("message.send", id=client_id, text="hello")
        await here.hear("message.accepted", id=client_id)
        await here.hear("turn.end", state="complete")
        assert [author for author, _ in transcript(stack.webs[0], here)] == ["shopper", "assistant"]


async def test_a_stop_reaches_the_process_that_answers(stack: Stack, key: str, model: FakeServer) -> None:
    first, second = stack.webs
    model.answers.append(Endless())
    async with page(first, key) as here, page(second, key, token=here.token) as there:
        turn = await ask_the_model(here)
        await there.send("message.stop")
        await here.hear("turn.end", turn=turn, state="incomplete")
        await there.hear("turn.end", turn=turn, state="incomplete")


async def test_a_takeover_elsewhere_discards_what_is_being_said(stack: Stack, key: str, model: FakeServer) -> None:
    model.answers.append(Endless())
    async with page(stack.webs[0], key) as here, page(stack.webs[1], key, token=here.token) as there:
        turn = await ask_the_model(here)
        session = next(frame["session"] for frame in here.frames if frame["type"] == "ready")
        taken = asyncio.create_task(asyncio.to_thread(stack.ask, _TAKE_OVER.format(session=session)))
        await here.hear("turn.end", turn=turn, state="discarded", within=90)  # a command starts first
        await there.hear("owner", owner="agent")
        assert await taken
        assert "assistant" not in [author for author, _ in transcript(stack.webs[1], there)]


_TAKE_OVER = (
    "bool(__import__('django.db', fromlist=['transaction']).transaction.atomic("
    "__import__('apps.chat.ownership', fromlist=['to_agent']).to_agent)(session_id='{session}', "
    "agent=__import__('apps.accounts.models', fromlist=['User']).User.objects.order_by('pk').first()))"
)


async def test_a_process_that_is_stopped_lets_its_answers_end_and_sends_its_pages_elsewhere(
    stack: Stack, key: str, model: FakeServer
) -> None:
    first = stack.webs[0]
    slow = Slow(model)
    async with page(first, key) as here:
        turn = await ask_the_model(here)
        stopping = asyncio.create_task(asyncio.to_thread(first.stop))
        await here.hear("drain")
        with pytest.raises(OSError, match="Connect call failed"):
            async with page(first, key):
                pass
        slow.end()
        await here.hear("turn.end", turn=turn, state="complete")
    await stopping
    try:
        async with page(stack.webs[1], key, token=here.token, after=here.seq) as there:
            assert there.frames[-1]["turn"] is None
            assert transcript(stack.webs[1], there) == ONCE
    finally:
        first.start()

"""Two web processes over one Redis, which is killed, frozen and started again in mid-chat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.production.desk import desk
from tests.production.shopper import Page, page, public_key
from tests.services.redis import Redis
from tests.stack import Stack

pytestmark = pytest.mark.xdist_group("production")


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    return public_key(stack)


@pytest_asyncio.fixture
async def redis(stack: Stack, key: str) -> AsyncIterator[Redis]:
    """The stack's Redis, for a test that takes it away; afterwards it is back and both processes know."""
    yield stack.redis
    stack.redis.thaw()
    if not stack.redis.answers():
        await stack.redis.come_back()
    for web in stack.webs:
        async with page(web, key) as here:
            await here.send("ping")
            await here.hear("pong")
            if any(frame["type"] == "notice" for frame in here.frames):
                await here.hear("notice.end")


def spoken(page: Page) -> dict[int, str]:
    """What a page shows, by seq."""
    return {frame["seq"]: frame["parts"][0].get("text", "") for frame in page.frames if frame["type"] == "message"}


async def agent_line(here: Page, text: str) -> float:
    """Wait for a person's message. Returns the seconds that took."""
    began = time.monotonic()
    while True:
        frame = await here.hear("message")
        if frame["author"]["kind"] == "agent" and text in frame["parts"][0]["text"]:
            return time.monotonic() - began


async def test_two_pages_of_a_session_on_two_processes_see_each_others_messages_and_cart(
    stack: Stack, key: str
) -> None:
    first, second = stack.webs
    async with page(first, key) as here, page(second, key, token=here.token) as there:
        found = await here.answer("a warm jacket for men under 60 dollars")
        answer = await there.hear("message", id=found["id"])
        assert answer["parts"] == found["parts"]
        asked = next(frame for frame in there.frames if frame["type"] == "message")
        assert (asked["author"]["kind"], asked["seq"]) == ("shopper", 1)

        product = next(part for part in found["parts"] if part["type"] == "products")["items"][0]
        await there.send("cart.update", id="c1", product=product["product_id"], quantity=2)
        await there.hear("cart", id="c1")
        cart = await here.hear("cart")
        assert [(line["product"]["product_id"], line["quantity"]) for line in cart["cart"]["lines"]] == [
            (product["product_id"], 2)
        ]


async def test_an_agent_on_one_process_talks_with_a_shopper_on_another(stack: Stack, key: str) -> None:
    first, second = stack.webs
    async with desk(second) as staff, page(first, key) as shopper:
        before = await staff.waiting()
        await shopper.send("handoff.request", reason="a gift")
        owner = await shopper.hear("owner", owner="queue")
        assert owner["online"]
        await staff.hear("queue")
        (escalation,) = await staff.waiting() - before
        await staff.send("conversation.watch", escalation=escalation)
        await staff.hear("conversation")
        await staff.take(escalation)
        assert (await shopper.hear("owner", owner="agent"))["agent"] == "Sam Rivera"

        await staff.send("typing")
        await shopper.hear("typing")
        await staff.reply(escalation, "How can I help?")
        assert await agent_line(shopper, "How can I help?") < 5
        await shopper.send("typing")
        await staff.hear("typing")
        await shopper.say("Does it come in blue?")
        await staff.hear("lines", has="Does it come in blue?")


async def test_messages_are_counted_over_both_processes(stack: Stack, key: str) -> None:
    """60 in a minute, 20 of them at once."""
    first, second = stack.webs
    async with page(first, key) as here, page(second, key, token=here.token) as there:
        for _ in range(12):
            await here.say("hello")
            await there.say("hello")
        refused = 0
        for each in (here, there):
            answered = 0
            while answered < 12:
                frame = await each.hear("message.accepted", "error")
                answered += 1
                if frame["type"] == "error":
                    assert frame["code"] == "rate_limited"
                    assert "Try again in" in frame["text"]
                    refused += 1
        assert refused >= 3  # of 24, as much as the seconds meanwhile give back


async def test_a_redis_that_dies_in_mid_chat_delays_and_loses_nothing(
    stack: Stack, key: str, redis: Redis
) -> None:
    first, second = stack.webs
    async with desk(second) as staff, page(first, key) as here, page(second, key, token=here.token) as there:
        await here.answer("a mug")
        redis.kill()
        for each in (here, there):
            notice = await each.hear("notice")
            assert (notice["code"], notice["stays"]) == ("updates_delayed", True)
        assert (await staff.hear("live"))["delayed"]

        answer = await here.answer("a warm jacket")  # its own process answers as ever
        await there.hear("message", id=answer["id"])  # the other one reads it a little later
        before = await staff.waiting()
        await here.send("handoff.request", reason="")
        await here.hear("owner", owner="queue")
        await staff.hear("queue")
        (escalation,) = await staff.waiting() - before
        await staff.take(escalation)
        await staff.reply(escalation, "I am here while Redis is not.")
        assert await agent_line(here, "while Redis is not") < 15
        assert await agent_line(there, "while Redis is not") < 15

        await here.say("said during the outage")
        await redis.come_back()
        back = time.monotonic()
        for each in (here, there):
            await each.hear("notice.end", code="updates_delayed")
        assert time.monotonic() - back < 15
        assert not (await staff.hear("live"))["delayed"]
        await staff.reply(escalation, "And now it is back.")
        assert await agent_line(here, "now it is back") < 5
        assert await agent_line(there, "now it is back") < 5

    for each in (here, there):
        seqs = list(spoken(each))
        assert seqs == sorted(set(seqs))
    assert spoken(there)[max(spoken(there))] == "And now it is back."
    async with page(second, key, token=there.token) as whole:
        await whole.send("ping")
        await whole.hear("pong")
        told = spoken(whole)
    assert sorted(told) == list(range(1, max(told) + 1))
    assert [text for text in told.values() if text == "said during the outage"] == ["said during the outage"]
    missing = set(told) - set(spoken(there))
    assert missing <= {1}, f"the other page never saw {missing}"


async def test_a_redis_that_hangs_holds_up_no_turn(stack: Stack, key: str, redis: Redis) -> None:
    first, second = stack.webs
    async with page(first, key) as here, page(second, key, token=here.token) as there:
        await here.answer("a mug")
        redis.freeze()
        began = time.monotonic()
        answer = await here.answer("a warm jacket")
        assert time.monotonic() - began < 8
        await there.hear("message", id=answer["id"])
        async with page(second, key) as fresh:  # a conversation that begins just now
            await fresh.answer("a lamp")
        await here.hear("notice")
        redis.thaw()
        await here.hear("notice.end")


async def test_a_page_that_comes_while_redis_is_away_is_served_and_told(
    stack: Stack, key: str, redis: Redis
) -> None:
    redis.kill()
    await asyncio.sleep(3)
    async with page(stack.webs[0], key) as here:
        assert (await here.hear("notice"))["code"] == "updates_delayed"
        answer = await here.answer("a warm jacket")
        assert any(part["type"] == "products" for part in answer["parts"])
        await redis.come_back()
        await here.hear("notice.end")

"""Llm mode, over real HTTP to a server that speaks the protocol, through the real turn loop, tools and index."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.catalog.product import Product
from apps.chat.dialogue import Dialogue
from apps.chat.llm.base import Finish, LLMConfig, TextDelta, ToolCall
from apps.chat.llm.errors import LLMBusyError, LLMError
from apps.chat.llm.fake import FakeProvider
from apps.chat.llm.prices import INSTEAD
from apps.chat.llm.tests.server import Cut, Endless, FakeServer, Reply, Status, Stumble, serve
from apps.chat.llm_answer import MAX_ROUNDS, answer_by_llm
from apps.chat.models import ChatSession, ChatSettings, Mode
from apps.chat.steps import Say, Step, TurnContext
from apps.chat.tests.desk import TestDesk
from apps.chat.tests.talking import Shopper
from apps.chat.tools.base import ToolContext, ToolEngine
from apps.chat.tools.registry import TOOLS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serve() as fake:
        yield fake


@pytest.fixture
def shopper(store: Store, shelf: list[Product], server: FakeServer) -> Shopper:
    ChatSettings.objects.create(
        store=store, mode=Mode.LLM, base_url=server.base_url, model="small", api_key="sk-1"
    )
    return Shopper(store, {product.product_id: product for product in shelf})


def wants(name: str, call_id: str = "call_0", **arguments: object) -> Reply:
    """The model asks for a tool; its arguments arrive in two pieces."""
    text = json.dumps(arguments)
    return Reply(calls=((call_id, name, (text[: len(text) // 2], text[len(text) // 2 :])),))


async def test_a_search_shows_cards_from_the_index_beside_the_models_words(
    shopper: Shopper, server: FakeServer
) -> None:
    server.answers += [
        wants("search_products", query="rain jacket"),
        Reply(("The Harbour Rain Jacket ", "keeps you dry, for $54.90.")),
    ]
    reply = await shopper.say("something for rainy days?")
    assert reply.text == "The Harbour Rain Jacket keeps you dry, for $54.90."
    assert "Harbour Rain Jacket" in reply.titles
    told = json.loads(server.requests[1]["messages"][-1]["content"])
    assert told["products"][0]["price"] == 54.9
    assert server.requests[1]["messages"][-1]["tool_call_id"] == "call_0"
    assert reply.record["llm"]["usage"] == {"input": 22, "output": 4}
    assert reply.record["llm"]["rounds"] == 2
    assert reply.record["mode"] == "llm"


async def test_an_invented_price_never_reaches_the_shopper(shopper: Shopper, server: FakeServer) -> None:
    server.answers += [wants("search_products", query="rain jacket"), Reply(("Only $", "9", ".99 to", "day!"))]
    reply = await shopper.say("how much is the rain jacket?")
    assert reply.text == f"Only {INSTEAD} today!"
    assert reply.record["llm"]["prices_replaced"] == 1


async def test_the_model_may_speak_of_a_price_that_is_on_the_screen(shopper: Shopper, server: FakeServer) -> None:
    server.answers += [wants("search_products", query="mug"), Reply(("Here.",)), Reply(("It is $14.",))]
    await shopper.say("a mug please")
    assert (await shopper.say("what does it cost again?")).text == "It is $14."
    system = server.requests[2]["messages"][0]["content"]
    assert '"product_id": "mug"' in system


async def test_the_cart_is_filled_once_and_the_ids_of_calls_may_repeat(
    shopper: Shopper, server: FakeServer
) -> None:
    server.answers += [
        wants("search_products", query="mug"),
        wants("add_to_cart", product_id="mug", quantity=2),
        Reply(("It is in your cart.",)),
    ]
    reply = await shopper.say("put two mugs into my cart")
    assert await shopper.cart() == {"Speckled Stoneware Mug": 2}
    assert reply.has("cart")


async def test_both_modes_share_what_was_talked_about(shopper: Shopper, server: FakeServer) -> None:
    server.answers += [wants("search_products", query="jacket"), Reply(("Two jackets.",)), Status(401)]
    found = await shopper.say("jackets?")
    added = await shopper.say("add the second one to my cart")
    assert added.record["fallback"] == "bad_key"
    assert await shopper.cart() == {found.titles[1]: 1}


async def test_a_tools_refusal_is_told_to_the_model(shopper: Shopper, server: FakeServer) -> None:
    server.answers += [wants("add_to_cart", product_id="sold-out"), Reply(("It is sold out, sorry.",))]
    await shopper.say("the lamp please")
    assert json.loads(server.requests[1]["messages"][-1]["content"])["error"] == "out_of_stock"
    assert await shopper.cart() == {}


@pytest.mark.parametrize("arguments", ["{not json", "[1]", '{"product_id": 7, "foo": 1}', ""])
async def test_broken_arguments_are_told_to_the_model(
    shopper: Shopper, server: FakeServer, arguments: str
) -> None:
    server.answers += [Reply(calls=(("c", "add_to_cart", (arguments,)),)), Reply(("Which one?",))]
    reply = await shopper.say("add it")
    assert json.loads(server.requests[1]["messages"][-1]["content"])["error"] == "bad_arguments"
    assert reply.text == "Which one?"


async def test_an_unknown_tool_is_told_to_the_model(shopper: Shopper, server: FakeServer) -> None:
    server.answers += [wants("drop_tables"), Reply(("I can't do that.",))]
    await shopper.say("drop it")
    assert json.loads(server.requests[1]["messages"][-1]["content"])["error"] == "unknown_tool"


async def test_a_model_that_never_stops_asking_for_tools_has_to_speak(
    shopper: Shopper, server: FakeServer
) -> None:
    server.answers += [wants("view_cart", call_id=f"c{number}") for number in range(MAX_ROUNDS)]
    server.answers.append(Reply(("Your cart is empty.",)))
    reply = await shopper.say("what's in my cart")
    assert reply.text == "Your cart is empty."
    assert "tools" not in server.requests[-1]
    assert len(server.requests) == MAX_ROUNDS + 1


async def test_asking_for_a_person_hands_over_and_still_says_so(
    shopper: Shopper, server: FakeServer, desk: TestDesk
) -> None:
    server.answers += [wants("escalate_to_human", reason="wants a refund"), Reply(("A person will be with you.",))]
    reply = await shopper.say("I want my money back")
    assert reply.text == "A person will be with you."
    assert desk.reasons == ["wants a refund"]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([Status(401)], "bad_key"),
        ([Status(500), Status(500)], "overloaded"),
        ([Cut()], "unreachable"),
        ([Reply()], "bad_answer"),
    ],
)
async def test_without_a_models_first_word_intent_mode_answers(
    shopper: Shopper, server: FakeServer, answers: list[Status], code: str
) -> None:
    server.answers += answers
    reply = await shopper.say("a mug for my coffee")
    assert reply.record["fallback"] == code
    assert reply.titles == ["Speckled Stoneware Mug"]
    assert reply.state == "complete"
    assert not server.answers


async def test_a_store_without_a_model_never_asks_one(shopper: Shopper, server: FakeServer) -> None:
    await in_database(lambda: ChatSettings.objects.update(base_url=""))()
    reply = await shopper.say("a mug")
    assert not server.requests
    assert reply.record["mode"] == "intent"
    assert reply.titles == ["Speckled Stoneware Mug"]


async def test_a_failure_after_the_first_word_ends_honestly(shopper: Shopper, server: FakeServer) -> None:
    server.answers.append(Stumble(("The best ", "one is ")))
    reply = await shopper.say("which is best?")
    assert reply.text.startswith("The best")
    assert reply.state == "incomplete"
    assert reply.has("notice")


async def test_a_busy_provider_gets_one_more_chance(shopper: Shopper, server: FakeServer) -> None:
    server.answers += [Status(429), Reply(("Hello!",))]
    reply = await shopper.say("hi")
    assert reply.text == "Hello!"
    assert "fallback" not in reply.record


async def test_what_was_said_before_is_sent_and_a_persons_words_are_marked(
    shopper: Shopper, server: FakeServer
) -> None:
    server.answers += [Reply(("Hello!",)), Reply(("Yes.",))]
    await shopper.say("hi")
    await shopper.say("are you there?")
    assert [message["role"] for message in server.requests[1]["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    system = server.requests[1]["messages"][0]["content"]
    assert "Corner Shop" in system
    assert "{store}" not in system


def context(session: ChatSession, text: str) -> TurnContext:
    tool_context = ToolContext(str(session.store_id), str(session.pk), str(session.visitor), "turn-1")
    return TurnContext(
        store_id=str(session.store_id),
        store_name="Corner Shop",
        session_id=str(session.pk),
        visitor=str(session.visitor),
        turn_id="turn-1",
        text=text,
        mode="llm",
        history=[],
        dialogue=Dialogue(),
        tools=ToolEngine(tool_context, TOOLS),
    )


@pytest.fixture
def turn(store: Store, catalog: Catalog) -> TurnContext:
    return context(ChatSession.objects.create(store=store), "hello")


async def said(steps: AsyncIterator[Step]) -> list[str]:
    return [step.text async for step in steps if isinstance(step, Say)]


async def test_words_before_and_after_a_tool_are_two_paragraphs(turn: TurnContext) -> None:
    provider = FakeProvider()
    provider.enqueue(TextDelta("Let me look."), ToolCall("c1", "view_cart", "{}"), Finish("tool_calls"))
    provider.enqueue(TextDelta("It is empty."), Finish("stop"))
    assert "".join(await said(answer_by_llm(turn, provider))) == "Let me look.\n\nIt is empty."


async def test_only_one_more_chance_is_given(turn: TurnContext) -> None:
    provider = FakeProvider()
    provider.enqueue(LLMBusyError("overloaded", "busy"))
    provider.enqueue(LLMBusyError("overloaded", "still busy"))
    with pytest.raises(LLMError, match="still busy"):
        await said(answer_by_llm(turn, provider))
    assert turn.record["llm"]["rounds"] == 1


async def test_stopping_in_mid_answer_closes_the_models_connection(turn: TurnContext, server: FakeServer) -> None:
    server.answers.append(Endless())
    turn.llm = LLMConfig(server.base_url, "small")
    steps = answer_by_llm(turn)
    assert isinstance(await anext(steps), Say)
    await steps.aclose()
    assert await asyncio.to_thread(server.client_left.wait, 5)

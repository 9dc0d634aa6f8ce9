"""Answers that are stopped, cut off, retried, or outlive the socket that asked for them."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from cryptography.fernet import Fernet
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_django import Settings

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.chat import turn as turns
from apps.chat.llm.errors import LLMBadAnswerError
from apps.chat.models import ChatSettings, Message, ToolCall
from apps.chat.parts import Choice, ChoicesPart, ProductsPart
from apps.chat.runner import RUNNER
from apps.chat.steps import Say, Show, ToolStep, TurnContext
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.page import Page
from apps.chat.tests.script import Script
from eaichat import telemetry

pytestmark = pytest.mark.django_db(transaction=True)


@in_database
def answers(session: uuid.UUID) -> list[tuple[str, bool]]:
    rows = Message.objects.filter(session_id=session, author="assistant").order_by("seq")
    return [(row.text, row.complete) for row in rows]


async def hears_half(page: Page, script: Script) -> tuple[str, asyncio.Event]:
    """Ask, and be in the middle of the answer: its turn, and what lets it go on."""
    go_on = asyncio.Event()
    script.lines = [Say("It is "), go_on, Say("finished.")]
    await page.say("Tell me")
    turn = (await page.until("message.accepted"))["turn"]
    await page.until("message.delta")
    return turn, go_on


async def test_stop_keeps_what_was_said_and_says_that_it_is_not_all(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    turn, _ = await hears_half(page, script)
    await page.send("message.stop")
    end = await page.until("turn.end")
    assert (end["turn"], end["state"]) == (turn, "incomplete")
    message = page.of("message")[-1]
    assert message["complete"] is False
    assert message["parts"] == [{"type": "text", "text": "It is"}]
    assert await answers(page.session) == [("It is", False)]
    assert script.cancelled == 1


async def test_stop_before_the_first_word_leaves_a_line_that_says_so(open_page: OpenPage, script: Script) -> None:
    thinking = asyncio.Event()

    async def think(turn: TurnContext) -> None:
        thinking.set()
        await asyncio.Event().wait()

    page = await open_page()
    script.lines = [think]
    await page.say("Tell me")
    await thinking.wait()
    await page.send("message.stop")
    assert (await page.until("turn.end"))["state"] == "incomplete"
    assert page.of("message")[-1]["parts"][0]["code"] == "answer_stopped"


async def test_a_message_that_arrives_again_after_its_stop_is_not_answered_again(
    open_page: OpenPage, script: Script
) -> None:
    script.lines = [Say("One moment"), asyncio.Event()]
    page = await open_page()
    await page.say("Hi", "m1")
    await page.until("message.delta")
    await page.say("Hi", "m1")  # sent twice, as after a lost acknowledgement: this copy waits for the first
    await page.send("message.stop")
    await page.until("turn.end")
    await page.until("turn.end")
    await page.say("Hi", "m1")
    await page.until("turn.end")
    assert len(script.turns) == 1
    assert len([frame for frame in page.of("message") if frame["author"]["kind"] == "assistant"]) == 1


async def test_a_key_that_cannot_be_read_leaves_the_answers_to_intent_mode(
    open_page: OpenPage, store: Store, script: Script, settings: Settings
) -> None:
    await in_database(ChatSettings.objects.create)(
        store=store, mode="llm", base_url="http://localhost:1/v1", model="small", api_key="sk-secret"
    )
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    page = await open_page()
    await page.say("Hi")
    await page.until("turn.end", state="complete")
    assert [turn.mode for turn in script.turns] == ["intent"]


async def test_after_a_stop_the_next_message_is_answered(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await hears_half(page, script)
    await page.send("message.stop")
    await page.until("turn.end", state="incomplete")
    script.lines = [Say("Yes.")]
    await page.say("And now?")
    await page.until("turn.end", state="complete")
    assert await answers(page.session) == [("It is", False), ("Yes.", True)]


async def test_stop_from_another_page_of_the_session_stops_too(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await hears_half(page, script)
    other = await open_page(token=page.token)
    await other.send("message.stop")
    assert (await page.until("turn.end"))["state"] == "incomplete"


async def test_an_answer_goes_on_when_the_socket_drops_and_is_there_on_resume(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()
    turn, go_on = await hears_half(page, script)
    await page.close()
    go_on.set()
    await RUNNER.idle()
    again = await open_page(token=page.token, after=1)
    message = await again.until("message")
    assert (message["turn"], message["complete"]) == (turn, True)
    assert message["parts"] == [{"type": "text", "text": "It is finished."}]
    assert again.frames[0]["turn"] is None
    assert script.cancelled == 0


async def test_a_page_that_comes_in_mid_answer_gets_what_was_said_and_what_follows(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()
    turn, go_on = await hears_half(page, script)
    await page.close()
    again = await open_page(token=page.token, after=1)
    assert again.frames[0]["turn"] == turn
    assert (await again.until("message.delta"))["text"] == "It is "
    go_on.set()
    await again.until("turn.end")
    assert again.text_of(turn) == "It is finished."
    assert again.of("message")[-1]["parts"] == [{"type": "text", "text": "It is finished."}]


async def test_a_failing_answerer_ends_honestly_and_can_be_tried_again(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()
    script.lines = [ValueError("a bug")]
    await page.say("Hi")
    end = await page.until("turn.end")
    assert end["state"] == "incomplete"
    assert page.of("message")[-1]["parts"][0]["code"] == "answer_failed"
    script.lines = [Say("Here.")]
    await page.send("message.retry", turn=end["turn"])
    again = await page.until("turn.end")
    assert (again["turn"], again["state"]) == (end["turn"], "complete")
    assert await answers(page.session) == [("", False), ("Here.", True)]
    assert script.turns[-1].text == "Hi"
    assert [line.author for line in script.turns[-1].history] == []


async def test_a_model_that_breaks_off_leaves_its_words_and_a_notice(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    script.lines = [Say("It is"), LLMBadAnswerError("cut_off", "The model broke off.")]
    await page.say("Hi")
    end = await page.until("turn.end")
    assert end["state"] == "incomplete"
    text, notice = page.of("message")[-1]["parts"]
    assert text == {"type": "text", "text": "It is"}
    assert notice["code"] == "answer_cut"
    row = await in_database(lambda: Message.objects.get(author="assistant"))()
    assert row.record["error"] == "cut_off"


async def test_an_answer_that_takes_too_long_ends_incomplete(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "ANSWER_SECONDS", 0.05)
    page = await open_page()
    script.lines = [Say("Wait"), asyncio.Event()]
    await page.say("Hi")
    assert (await page.until("turn.end"))["state"] == "incomplete"


async def test_a_whole_answer_cannot_be_retried(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.say("Hi")
    end = await page.until("turn.end")
    await page.send("message.retry", turn=end["turn"])
    error = await page.refused()
    assert (error["code"], error["id"]) == ("nothing_to_retry", end["turn"])
    assert len(script.turns) == 1


async def test_a_turn_of_another_session_cannot_be_retried(open_page: OpenPage, script: Script) -> None:
    page, other = await open_page(), await open_page()
    script.lines = [ValueError("a bug")]
    await page.say("Hi")
    end = await page.until("turn.end")
    await other.send("message.retry", turn=end["turn"])
    assert (await other.refused())["code"] == "nothing_to_retry"


async def test_a_retried_turn_does_not_add_to_the_cart_twice(
    open_page: OpenPage, script: Script, shelf: object
) -> None:
    """The second attempt makes the same call under another id, as a language model would."""
    attempts = 0

    async def add(turn: TurnContext) -> None:
        nonlocal attempts
        attempts += 1
        await turn.tools.call("add_to_cart", {"product_id": "mug", "quantity": 2}, f"call_{attempts}")

    page = await open_page()
    script.lines = [add, ValueError("the model went away")]
    await page.say("Two mugs please")
    end = await page.until("turn.end")
    script.lines = [add, Say("Two mugs are in your cart.")]
    await page.send("message.retry", turn=end["turn"])
    await page.until("turn.end", state="complete")
    assert attempts == 2
    again = await open_page(token=page.token)
    assert again.frames[0]["cart"]["count"] == 2
    assert await in_database(ToolCall.objects.count)() == 1


async def test_parts_keep_their_place_between_the_words(
    open_page: OpenPage, script: Script, shelf: object
) -> None:
    page = await open_page()
    choices = ChoicesPart(choices=[Choice(label="More", text="show me more")])
    script.lines = [
        ToolStep("search_products", "started"),
        ToolStep("search_products", "done"),
        Say("Here "),
        Say("you are:"),
        Show(ProductsPart(product_ids=["mug", "gone"])),
        Say("Anything else?"),
        Show(choices),
    ]
    await page.say("A mug")
    end = await page.until("turn.end")
    assert [(frame["name"], frame["state"]) for frame in page.of("tool")] == [
        ("search_products", "started"),
        ("search_products", "done"),
    ]
    first, products, second, chips = page.of("message")[-1]["parts"]
    assert first["text"] == "Here you are:"
    assert products["product_ids"] == ["mug", "gone"]
    assert [card["title"] for card in products["items"]] == ["Speckled Stoneware Mug"]
    assert second["text"] == "Anything else?"
    assert chips == choices.model_dump()
    row = await in_database(lambda: Message.objects.get(pk=end["message_id"]))()
    assert row.text == "Here you are:\nAnything else?"
    assert row.parts[1] == {"type": "products", "product_ids": ["mug", "gone"], "items": []}


async def test_what_the_assistant_remembers_is_kept_with_the_answer(open_page: OpenPage, script: Script) -> None:
    async def remember(turn: TurnContext) -> None:
        turn.dialogue.last_products = ["mug"]
        turn.record["intent"] = "search"

    page = await open_page()
    script.lines = [remember, Say("Yes.")]
    await page.say("A mug")
    await page.until("turn.end")
    script.lines = [Say("Yes.")]
    await page.say("that one")
    end = await page.until("turn.end")
    assert script.turns[1].dialogue.last_products == ["mug"]
    row = await in_database(lambda: Message.objects.get(pk=end["message_id"]))()
    assert row.record["mode"] == "intent"
    assert set(row.record["ms"]) == {"opened", "first", "spoken"}


async def test_a_turn_is_one_trace_with_its_tools_in_it(
    open_page: OpenPage, script: Script, shelf: object
) -> None:
    async def search(turn: TurnContext) -> None:
        await turn.tools.call("search_products", {"query": "a mug"}, "s1")

    memory = InMemorySpanExporter()
    provider = TracerProvider()
    telemetry.configure(public_key="pk", secret_key="sk", span_exporter=memory, tracer_provider=provider)
    try:
        page = await open_page()
        script.lines = [search, Say("Here.")]
        await page.say("A mug")
        end = await page.until("turn.end")
        await asyncio.to_thread(telemetry.flush)
    finally:
        telemetry.configure(public_key="", secret_key="")
    spans = {span.name: span for span in memory.get_finished_spans()}
    turn, tool = spans["turn"], spans["search_products"]
    assert tool.parent is not None
    assert turn.context is not None
    assert tool.parent.span_id == turn.context.span_id
    assert (turn.attributes or {})["session.id"] == str(page.session)
    row = await in_database(lambda: Message.objects.get(pk=end["message_id"]))()
    assert row.record["trace_id"] == f"{turn.context.trace_id:032x}"

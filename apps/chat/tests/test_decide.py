"""Who answers: the model when it can, intent mode when it cannot, and never both."""

from __future__ import annotations

import pytest

from apps.chat import decide
from apps.chat.dialogue import Dialogue
from apps.chat.events import ModeName
from apps.chat.llm.errors import LLMBadAnswerError, LLMError, LLMUnreachableError
from apps.chat.steps import Answer, Say, Step, ToolStep, TurnContext
from apps.chat.tools.base import ToolContext, ToolEngine


def turn(mode: ModeName) -> TurnContext:
    context = ToolContext(store_id="s", session_id="c", visitor="v", turn_id="t")
    return TurnContext(
        store_id="s",
        store_name="Shop",
        session_id="c",
        visitor="v",
        turn_id="t",
        text="Hi",
        mode=mode,
        history=[],
        dialogue=Dialogue(),
        tools=ToolEngine(context, {}),
    )


async def by_intent(_: TurnContext) -> Answer:
    yield Say("built in")


@pytest.fixture(autouse=True)
def intent_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "answer_by_intent", by_intent)


def model(monkeypatch: pytest.MonkeyPatch, steps: list[Step], error: LLMError | None = None) -> None:
    async def by_llm(context: TurnContext) -> Answer:
        context.tools.calls.append({"id": "call_1"})
        for step in steps:
            yield step
        if error is not None:
            raise error

    monkeypatch.setattr(decide, "answer_by_llm", by_llm)


async def said(context: TurnContext) -> list[Step]:
    return [step async for step in decide.answer(context)]


async def test_intent_mode_asks_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    model(monkeypatch, [Say("a model")])
    assert await said(turn("intent")) == [Say("built in")]


async def test_llm_mode_asks_the_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    model(monkeypatch, [Say("a model")])
    assert await said(turn("llm")) == [Say("a model")]


async def test_a_model_that_does_not_answer_is_replaced_before_its_first_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Tool steps are no words: what the tools did is not done again by the one who takes its place."""
    working = ToolStep("search_products", "started")
    model(monkeypatch, [working], LLMUnreachableError("unreachable", "Nobody there."))
    context = turn("llm")
    assert await said(context) == [working, Say("built in")]
    assert context.record["fallback"] == "unreachable"
    assert context.tools.context.earlier == {"t:call_1"}


async def test_after_the_first_word_nobody_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    model(monkeypatch, [Say("It is")], LLMBadAnswerError("cut_off", "It broke off."))
    context = turn("llm")
    steps = decide.answer(context)
    assert await anext(steps) == Say("It is")
    with pytest.raises(LLMBadAnswerError):
        await anext(steps)

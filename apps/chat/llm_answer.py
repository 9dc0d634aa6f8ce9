"""Llm mode: a language model speaks, the server's tools act, and the server has the last word on prices."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from apps.catalog.engine.errors import CatalogError
from apps.catalog.runtime import catalog
from apps.chat.llm.base import (
    BaseLLMProvider,
    Finish,
    LLMEvent,
    LLMMessage,
    LLMRequest,
    TextDelta,
    ToolCall,
    Usage,
)
from apps.chat.llm.errors import LLMBadAnswerError, LLMBusyError, LLMRefusedError
from apps.chat.llm.prices import PriceGuard
from apps.chat.llm.provider import provider_for
from apps.chat.parts import ProductsPart
from apps.chat.steps import Line, Say, Show, Step, ToolStep, TurnContext
from apps.chat.tools.base import ToolError
from apps.chat.tools.search import described
from eaichat.telemetry import observe

MAX_ROUNDS = 5
MAX_LINES = 20
MAX_LINE_TEXT = 2000
_RETRY_AFTER_S = 0.4
_PROMPT = Path(__file__).parent / "llm" / "prompts" / "assistant.txt"


async def answer_by_llm(turn: TurnContext, provider: BaseLLMProvider | None = None) -> AsyncGenerator[Step, None]:
    """Answer the turn with the store's model. Raises LLMError; what was yielded before stays said.

    The model asks for tools, at most MAX_ROUNDS times; after that it has to speak. What tools show goes to the
    shopper as they return it. Token counts, rounds and timings land in `turn.record["llm"]`.
    """
    if provider is None:
        if turn.llm is None or not (turn.llm.base_url and turn.llm.model):
            raise LLMRefusedError("not_configured", "No language model is set up for this store.")
        provider = await provider_for(turn.llm)
    talk = _Talk(turn, provider, PriceGuard(shopper_text=_shopper_text(turn)))
    talk.messages = await _messages(turn, talk.guard)
    try:
        for number in range(MAX_ROUNDS + 1):
            last = number == MAX_ROUNDS
            # Closed at once when the turn is stopped: that closes the connection to the model.
            async with aclosing(talk.round(number, with_tools=not last)) as steps:
                async for step in steps:
                    yield step
            if not talk.calls or last:
                break
            async with aclosing(talk.act(number)) as steps:
                async for step in steps:
                    yield step
    finally:
        turn.record["llm"] = talk.report()
    if not talk.spoke and not talk.showed:
        raise LLMBadAnswerError("bad_answer", "The model answered with nothing.")


@dataclass
class _Talk:
    """One turn's exchange with the model."""

    turn: TurnContext
    provider: BaseLLMProvider
    guard: PriceGuard
    messages: list[LLMMessage] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    rounds: int = 0
    spoke: bool = False
    showed: bool = False
    usage: dict[str, int] = field(default_factory=lambda: {"input": 0, "output": 0})
    first_word_ms: float | None = None
    trace_id: str = ""
    started: float = field(default_factory=time.perf_counter)

    async def round(self, number: int, *, with_tools: bool) -> AsyncGenerator[Step, None]:
        """One answer of the model: its text is said as it comes, its calls wait in `calls`."""
        self.rounds, self.calls, written = number + 1, [], ""
        request = LLMRequest(
            messages=tuple(self.messages), tools=tuple(self.turn.tools.schemas()) if with_tools else ()
        )
        model = self.turn.llm.model if self.turn.llm else ""
        with observe("answer", "generation", model=model, input=self.turn.text) as generation:
            self.trace_id = generation.trace_id
            async with aclosing(_stream(self.provider, request)) as events:
                async for event in events:
                    match event:
                        case TextDelta(text):
                            # What was said before the tools ran is its own paragraph.
                            gap = "\n\n" if not written and self.spoke else ""
                            written += text
                            for step in self._say(gap + self.guard.feed(text)):
                                yield step
                        case ToolCall():
                            self.calls.append(event)
                        case Usage(input_tokens, output_tokens):
                            self.usage["input"] += input_tokens
                            self.usage["output"] += output_tokens
                            generation.update(usage={"input": input_tokens, "output": output_tokens})
                        case Finish(reason):
                            generation.update(output=written, metadata={"finish": reason, "round": number})
            for step in self._say(self.guard.finish()):
                yield step
        self.messages.append(LLMMessage("assistant", written, tool_calls=tuple(self.calls)))

    async def act(self, number: int) -> AsyncGenerator[Step, None]:
        """Run the tools that the model asked for, show what they bring, and tell the model."""
        for place, call in enumerate(self.calls):
            yield ToolStep(call.name, "started")
            try:
                arguments = _arguments(call)
                # Servers that give no ids of their own repeat "call_0" each round: the engine's id must not.
                result = await self.turn.tools.call(call.name, arguments, f"r{number}.{place}.{call.id}"[:60])
            except ToolError as error:
                yield ToolStep(call.name, "failed")
                self._tell(call, {"error": error.code, "text": error.text})
                continue
            yield ToolStep(call.name, "done")
            for part in result.parts:
                self.showed = True
                if isinstance(part, ProductsPart):
                    self.turn.dialogue.showed(part.product_ids)
                yield Show(part)
            if call.name in ("add_to_cart", "update_cart"):
                self.turn.dialogue.talk_about(str(arguments.get("product_id", "")))
            self.guard.learn(result.content)
            self._tell(call, result.content)

    def report(self) -> dict[str, Any]:
        return {
            "model": self.turn.llm.model if self.turn.llm else "",
            "rounds": self.rounds,
            "usage": self.usage,
            "first_word_ms": self.first_word_ms,
            "prices_replaced": self.guard.replaced,
            "trace_id": self.trace_id,
        }

    def _say(self, text: str) -> list[Step]:
        if not text:
            return []
        if self.first_word_ms is None:
            self.first_word_ms = round((time.perf_counter() - self.started) * 1000, 1)
        self.spoke = True
        return [Say(text)]

    def _tell(self, call: ToolCall, content: dict[str, Any]) -> None:
        self.messages.append(LLMMessage("tool", json.dumps(content, ensure_ascii=False), tool_call_id=call.id))


async def _stream(provider: BaseLLMProvider, request: LLMRequest) -> AsyncGenerator[LLMEvent, None]:
    """The provider's events; a provider that is busy before its first word gets one more chance."""
    silent = True
    try:
        async with aclosing(provider.stream(request)) as events:
            async for event in events:
                silent = False
                yield event
        return
    except LLMBusyError:
        if not silent:
            raise
    await asyncio.sleep(_RETRY_AFTER_S)
    async with aclosing(provider.stream(request)) as events:
        async for event in events:
            yield event


def _arguments(call: ToolCall) -> dict[str, Any]:
    try:
        arguments = json.loads(call.arguments)
    except ValueError as error:
        raise ToolError("bad_arguments", "The arguments are not JSON.") from error
    if not isinstance(arguments, dict):
        raise ToolError("bad_arguments", "The arguments must be a JSON object.")
    return arguments


@lru_cache(maxsize=1)
def _prompt() -> str:
    return _PROMPT.read_text(encoding="utf-8")


async def _messages(turn: TurnContext, guard: PriceGuard) -> list[LLMMessage]:
    system = _prompt().replace("{store}", turn.store_name) + await _on_screen(turn, guard)
    lines = [_line(line) for line in turn.history[-MAX_LINES:] if line.author != "system"]
    return [LLMMessage("system", system), *lines, LLMMessage("user", turn.text)]


def _line(line: Line) -> LLMMessage:
    text = line.text[:MAX_LINE_TEXT]
    if line.author == "shopper":
        return LLMMessage("user", text)
    if line.author == "agent":
        text = f"({line.name}, a person of the store, wrote:) {text}"
    if line.product_ids:
        text += f"\n(shown: {', '.join(line.product_ids)})"
    return LLMMessage("assistant", text or "(nothing)")


async def _on_screen(turn: TurnContext, guard: PriceGuard) -> str:
    """The products that "the second one" may mean, as the index has them now."""
    ids = turn.dialogue.last_products
    if not ids:
        return ""
    try:
        products = await asyncio.to_thread(catalog().get, store_id=turn.store_id, product_ids=ids)
    except CatalogError:
        return ""  # the tools will say so themselves
    shown = [described(product) for product in products]
    guard.learn(shown)
    lines = "\n".join(f"{place}. {json.dumps(entry, ensure_ascii=False)}" for place, entry in enumerate(shown, 1))
    return f"\nProducts on the shopper's screen, in order:\n{lines}\n"


def _shopper_text(turn: TurnContext) -> str:
    earlier = [line.text for line in turn.history[-MAX_LINES:] if line.author == "shopper"]
    return "\n".join([*earlier, turn.text])

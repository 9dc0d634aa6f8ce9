"""Any server that speaks OpenAI's chat.completions: Ollama, vLLM, llama.cpp, LiteLLM, OpenAI itself, and more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from apps.chat.llm.base import (
    BaseLLMProvider,
    Check,
    Finish,
    LLMConfig,
    LLMEvent,
    LLMMessage,
    LLMRequest,
    TextDelta,
    ToolCall,
    Usage,
)
from apps.chat.llm.errors import (
    LLMBadAnswerError,
    LLMBusyError,
    LLMError,
    LLMRefusedError,
    LLMUnreachableError,
)

_TIMEOUT = httpx2.Timeout(30, connect=2)
_CHECK = LLMRequest(messages=(LLMMessage("user", "Answer with the one word: ok"),))

# Building a client costs 40-100 ms, and its connections belong to the loop that opened them: one per loop, for all
# stores; address and key are set per call.
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = WeakKeyDictionary()


def _client() -> openai.AsyncOpenAI:
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = openai.AsyncOpenAI(
            base_url="http://unset.invalid", api_key="unset", timeout=_TIMEOUT, max_retries=0
        )
    return _clients[loop]


class OpenAIProvider(BaseLLMProvider):
    """Retries are off here: they belong to one layer, the turn, which has a fallback that answers at once."""

    def __init__(self, config: LLMConfig) -> None:
        self._config = config

    async def stream(self, request: LLMRequest) -> AsyncGenerator[LLMEvent, None]:
        calls: dict[int, _PartialCall] = {}
        reason = ""
        try:
            chunks = await self._open(request)
            # Closing in all cases, so that a shopper's "stop" also stops the vendor.
            async with chunks:
                async for chunk in chunks:
                    if chunk.usage:
                        yield Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
                    for choice in chunk.choices or []:
                        if choice.delta and choice.delta.content:
                            yield TextDelta(choice.delta.content)
                        if choice.delta:
                            _collect(calls, choice.delta.tool_calls or [])
                        reason = choice.finish_reason or reason
        except LLMError:
            raise
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, AttributeError, TypeError) as error:
            # The last three: a body that is not the protocol's JSON, which the SDK lets through as it comes.
            raise _translated(error, self._config) from error
        if not reason:
            raise LLMBadAnswerError(
                "cut_off", "The answer ended before it was whole: the server closed the connection."
            )
        for index in sorted(calls):
            yield calls[index].whole(index)
        yield Finish(reason)

    async def check(self) -> Check:
        started = time.perf_counter()
        events = self.stream(_CHECK)
        async for event in events:
            if isinstance(event, TextDelta | ToolCall | Finish):
                break
        await events.aclose()
        return Check(self._config.model, (time.perf_counter() - started) * 1000)

    async def _open(self, request: LLMRequest) -> openai.AsyncStream[ChatCompletionChunk]:
        client = _client().with_options(
            base_url=self._config.base_url,
            # The SDK insists on a key; servers that need none ignore this one.
            api_key=self._config.api_key or "none",
        )
        options: dict[str, Any] = {}
        if request.tools:
            options["tools"] = [{"type": "function", "function": tool} for tool in request.tools]
        if request.temperature is not None:
            options["temperature"] = request.temperature
        stream: openai.AsyncStream[ChatCompletionChunk] = await client.chat.completions.create(
            model=self._config.model,
            messages=cast(list[ChatCompletionMessageParam], [_wire_message(line) for line in request.messages]),
            stream=True,
            stream_options={"include_usage": True},
            **options,
        )
        return stream


@dataclass
class _PartialCall:
    """A tool call whose name and arguments arrive in pieces."""

    id: str = ""
    name: str = ""
    arguments: str = ""

    def whole(self, index: int) -> ToolCall:
        # Some servers give no id; within one answer the position is as good.
        return ToolCall(self.id or f"call_{index}", self.name, self.arguments or "{}")


def _collect(calls: dict[int, _PartialCall], deltas: list[Any]) -> None:
    for position, delta in enumerate(deltas):
        # Ollama and others leave the index out, or repeat 0 with whole calls: a new id is a new call.
        index = delta.index if delta.index is not None else position
        known = calls.get(index)
        if known and delta.id and known.id and delta.id != known.id:
            index = max(calls) + 1
        call = calls.setdefault(index, _PartialCall())
        call.id = delta.id or call.id
        if delta.function:
            call.name = delta.function.name or call.name
            call.arguments += delta.function.arguments or ""


def _wire_message(message: LLMMessage) -> dict[str, Any]:
    wire: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.tool_calls:
        wire["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
        wire["content"] = message.text or None
    if message.tool_call_id:
        wire["tool_call_id"] = message.tool_call_id
    return wire


def _translated(error: Exception, config: LLMConfig) -> LLMError:
    where = config.base_url
    match error:
        case openai.APITimeoutError() | httpx2.TimeoutException():
            return LLMUnreachableError("timeout", f"{where} did not answer in time.")
        case openai.APIStatusError():
            return _refusal(error, config)
        case openai.APIConnectionError() | httpx2.HTTPError():
            return LLMUnreachableError(
                "unreachable", f"Nothing answers at {where}. Is the address right, and is the server running?"
            )
        case openai.APIError():
            return LLMBusyError("overloaded", f"The model stopped in mid-answer: {_short(error.message)}")
        case _:
            return LLMBadAnswerError(
                "bad_answer",
                f"{where} answered, but not as an OpenAI-compatible server does. The address usually ends in /v1.",
            )


def _refusal(error: openai.APIStatusError, config: LLMConfig) -> LLMError:
    status = error.status_code
    if status in (401, 403):
        text = "The API key was refused." if config.api_key else "This server wants an API key."
        return LLMRefusedError("bad_key", text)
    if status == 404:
        return LLMRefusedError(
            "unknown_model",
            f"{config.base_url} knows no model “{config.model}”, or the address is not right: it usually "
            f"ends in /v1. The server says: {_short(error.message)}",
        )
    if status == 429:
        return LLMBusyError("rate_limited", "The provider's limit is reached, or its credit is used up.")
    if status >= 500:
        return LLMBusyError("overloaded", f"The provider has trouble of its own (status {status}).")
    return LLMRefusedError("bad_request", f"The provider refused the request: {_short(error.message)}")


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"

"""The provider against a real server on loopback that speaks the protocol, well and badly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from apps.chat.llm.base import Finish, LLMConfig, LLMEvent, LLMMessage, LLMRequest, TextDelta, ToolCall, Usage
from apps.chat.llm.errors import LLMError
from apps.chat.llm.openai import OpenAIProvider
from apps.chat.llm.tests.server import Answer, Cut, Endless, FakeServer, Raw, Reply, Status, Stumble, serve

HELLO = LLMRequest(messages=(LLMMessage("system", "Be brief."), LLMMessage("user", "hello")))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serve() as fake:
        yield fake


def provider(server: FakeServer, key: str = "sk-test") -> OpenAIProvider:
    return OpenAIProvider(LLMConfig(server.base_url, "small", key))


async def events(server: FakeServer, request: LLMRequest = HELLO) -> list[LLMEvent]:
    return [event async for event in provider(server).stream(request)]


async def test_text_streams_in_pieces_and_ends_with_usage_and_finish(server: FakeServer) -> None:
    server.answers.append(Reply(("Hel", "lo")))
    assert await events(server) == [TextDelta("Hel"), TextDelta("lo"), Usage(11, 2), Finish("stop")]
    assert server.requests[0]["model"] == "small"
    assert server.requests[0]["messages"][1] == {"role": "user", "content": "hello"}
    assert server.keys == ["Bearer sk-test"]


async def test_tool_calls_are_put_together_from_their_pieces(server: FakeServer) -> None:
    server.answers.append(
        Reply(
            calls=(
                ("call_a", "search_products", ('{"query":', ' "red shoes"}')),
                ("call_b", "view_cart", ()),
            )
        )
    )
    tool = {"name": "search_products", "description": "Find", "parameters": {"type": "object"}}
    got = await events(server, LLMRequest(messages=HELLO.messages, tools=(tool,)))
    assert [event for event in got if isinstance(event, ToolCall)] == [
        ToolCall("call_a", "search_products", '{"query": "red shoes"}'),
        ToolCall("call_b", "view_cart", "{}"),
    ]
    assert got[-1] == Finish("tool_calls")
    assert server.requests[0]["tools"] == [{"type": "function", "function": tool}]


async def test_results_of_tools_go_back_with_the_id_of_their_call(server: FakeServer) -> None:
    server.answers.append(Reply(("Done",)))
    call = ToolCall("call_a", "view_cart", "{}")
    conversation = (
        LLMMessage("user", "my cart?"),
        LLMMessage("assistant", tool_calls=(call,)),
        LLMMessage("tool", '{"count": 0}', tool_call_id="call_a"),
    )
    await events(server, LLMRequest(messages=conversation))
    assert server.requests[0]["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_a", "type": "function", "function": {"name": "view_cart", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "content": '{"count": 0}', "tool_call_id": "call_a"},
    ]


@pytest.mark.parametrize(
    ("answer", "code", "retryable"),
    [
        (Status(401), "bad_key", False),
        (Status(403), "bad_key", False),
        (Status(404), "unknown_model", False),
        (Status(400, "max_tokens is too large"), "bad_request", False),
        (Status(429), "rate_limited", True),
        (Status(503), "overloaded", True),
        (Stumble(), "overloaded", True),
        (Raw("<html>a web page</html>"), "cut_off", True),
        (Raw("data: not json\n\n", "text/event-stream"), "bad_answer", True),
        (Raw('data: {"hello": "world"}\n\n', "text/event-stream"), "cut_off", True),
        (Raw('data: ["a list"]\n\n', "text/event-stream"), "bad_answer", True),
        (Cut(), "unreachable", True),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_each_way_to_fail_has_its_own_code(
    server: FakeServer, answer: Answer, code: str, retryable: bool
) -> None:
    server.answers.append(answer)
    with pytest.raises(LLMError) as caught:
        await events(server)
    assert (caught.value.code, caught.value.retryable) == (code, retryable)
    assert len(server.requests) == 1, "the SDK must not retry by itself"


async def test_what_was_said_before_a_failure_has_arrived(server: FakeServer) -> None:
    server.answers.append(Stumble(("Hel", "lo")))
    got: list[LLMEvent] = []

    async def read() -> None:
        async for event in provider(server).stream(HELLO):
            got.append(event)

    with pytest.raises(LLMError, match="boom"):
        await read()
    assert got == [TextDelta("Hel"), TextDelta("lo")]


async def test_a_dead_address_is_unreachable_at_once() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        config = LLMConfig(f"http://127.0.0.1:{unused.getsockname()[1]}/v1", "small")
        with pytest.raises(LLMError) as caught:
            await OpenAIProvider(config).check()
    assert caught.value.code == "unreachable"


async def test_a_wrong_path_names_the_usual_ending(server: FakeServer) -> None:
    config = LLMConfig(server.base_url.removesuffix("/v1"), "small")
    with pytest.raises(LLMError, match="/v1"):
        await OpenAIProvider(config).check()


async def test_cancelling_closes_the_connection(server: FakeServer) -> None:
    server.answers.append(Endless())
    first = asyncio.Event()

    async def read() -> None:
        async for _ in provider(server).stream(HELLO):
            first.set()

    task = asyncio.create_task(read())
    await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.client_left.wait, 5)


async def test_the_check_leaves_after_the_first_word(server: FakeServer) -> None:
    server.answers.append(Endless())
    check = await provider(server).check()
    assert check.model == "small"
    assert check.first_word_ms > 0
    assert await asyncio.to_thread(server.client_left.wait, 5)


async def test_a_server_that_needs_no_key_works_without_one(server: FakeServer) -> None:
    server.answers.append(Reply(("ok",)))
    await provider(server, key="").check()


def test_the_key_is_not_in_the_configs_text() -> None:
    assert "secret" not in repr(LLMConfig("http://x/v1", "m", "secret"))

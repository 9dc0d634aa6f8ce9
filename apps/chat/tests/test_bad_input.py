"""Whatever comes over the socket: a typed error, nothing stored, and the conversation goes on."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from apps.accounts.buckets import Bucket
from apps.accounts.database import in_database
from apps.accounts.limits import Limit
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat import consumers, limits
from apps.chat.events import MAX_FRAME_BYTES, MAX_TEXT, PROTOCOL_VERSION
from apps.chat.models import ChatSession, Message
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.page import Page
from apps.chat.tests.script import Script

pytestmark = pytest.mark.django_db(transaction=True)


@in_database
def stored() -> int:
    return Message.objects.count()


async def still_works(page: Page) -> None:
    """After the error the same socket still takes a message and answers it."""
    assert await stored() == 0
    await page.say("Hi")
    await page.until("turn.end", state="complete")
    assert await stored() == 2


NOT_FRAMES = {
    "nothing": "",
    "blanks": "   ",
    "not json": "hello",
    "half of json": '{"type": "ping"',
    "a number": "7",
    "null": "null",
    "a list": "[]",
    "no type": '{"id": "m1", "text": "Hi"}',
    "a missing field": '{"type": "message.send", "id": "m1"}',
    "a field of a wrong type": '{"type": "message.send", "id": "m1", "text": 5}',
    "a field that nobody knows": '{"type": "ping", "extra": 1}',
    "an empty id": '{"type": "message.send", "id": "", "text": "Hi"}',
    "an id that is too long": json.dumps({"type": "message.send", "id": "x" * 65, "text": "Hi"}),
    "a negative quantity": '{"type": "cart.update", "id": "c1", "product": "mug", "quantity": -1}',
    "half a character": '{"type": "message.send", "id": "m1", "text": "\\ud800"}',
    "deep nesting": '{"type": "ping", "a":' + "[" * 5000 + "]" * 5000 + "}",
    "not a number": '{"type": "cart.update", "id": "c1", "product": "mug", "quantity": NaN}',
}


@pytest.mark.parametrize("text", NOT_FRAMES.values(), ids=NOT_FRAMES.keys())
async def test_a_malformed_frame_is_answered_with_bad_frame(
    open_page: OpenPage, script: Script, text: str
) -> None:
    page = await open_page()
    await page.send_raw(text=text)
    error = await page.refused()
    assert error["code"] == "bad_frame"
    assert error["retry"] is False
    await still_works(page)


async def test_a_binary_frame_is_answered_with_bad_frame(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.send_raw(data=b"\x00\xff\xfe")
    assert (await page.refused())["code"] == "bad_frame"
    await still_works(page)


async def test_a_binary_frame_is_refused_even_when_it_holds_a_good_frame(
    open_page: OpenPage, script: Script
) -> None:
    page = await open_page()
    await page.send_raw(data=b'{"type": "message.send", "id": "m1", "text": "Hi"}')
    assert (await page.refused())["code"] == "bad_frame"
    await still_works(page)


@pytest.mark.parametrize("kind", ["nonsense", "message", "ready", "message.Send", "__class__", 7])
async def test_an_unknown_type_is_named_so(open_page: OpenPage, script: Script, kind: Any) -> None:
    page = await open_page()
    await page.send(kind, id="x1")
    error = await page.refused()
    assert (error["code"], error["id"]) == ("unknown_type", "x1")
    await still_works(page)


@pytest.mark.parametrize("text", ["", "  \n\t ", "\x00\u200b\u202e"], ids=["nothing", "blanks", "invisible"])
async def test_an_empty_message_is_refused(open_page: OpenPage, script: Script, text: str) -> None:
    page = await open_page()
    await page.say(text, "m1")
    error = await page.refused()
    assert (error["code"], error["id"]) == ("empty_text", "m1")
    await still_works(page)


async def test_ten_thousand_characters_are_too_long(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.say("x" * 10_000, "m1")
    error = await page.refused()
    assert (error["code"], error["id"]) == ("too_long", "m1")
    await still_works(page)


async def test_a_message_of_just_the_longest_length_is_taken(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.say("x" * MAX_TEXT)
    await page.until("turn.end", state="complete")
    assert await stored() == 2


@pytest.mark.parametrize("character", ["x", "é", "👩"])
async def test_a_frame_that_is_too_large_is_not_even_parsed(
    open_page: OpenPage, script: Script, character: str
) -> None:
    page = await open_page()
    count = MAX_FRAME_BYTES // len(character.encode()) + 1
    await page.send_raw(text='{"type": "message.send", "id": "m1", "text": "' + character * count + '"}')
    error = await page.refused()
    assert (error["code"], error["id"]) == ("too_long", None)
    await still_works(page)


async def test_before_hello_nothing_is_done(open_page: OpenPage, script: Script) -> None:
    page = await open_page(hello=False)
    await page.say("Hi")
    assert (await page.refused())["code"] == "hello_first"
    await page.hello()
    await still_works(page)


async def test_a_ping_needs_no_hello(open_page: OpenPage) -> None:
    page = await open_page(hello=False)
    await page.send("ping")
    assert (await page.read())["type"] == "pong"


@pytest.mark.parametrize("version", [0, 2, -1, 10**30])
async def test_another_protocol_version_is_refused(open_page: OpenPage, script: Script, version: int) -> None:
    page = await open_page(hello=False)
    await page.send("hello", v=version)
    assert (await page.refused())["code"] in ("bad_version", "bad_frame")
    await page.hello()
    await still_works(page)


async def test_a_socket_that_never_says_hello_is_closed(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "HELLO_SECONDS", 0.05)
    page = await open_page(hello=False)
    closed = await page.socket.receive_output(timeout=PATIENCE_S)
    assert closed == {"type": "websocket.close", "code": 4408}


async def test_too_many_messages_are_refused_and_nothing_of_them_is_stored(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page()
    monkeypatch.setattr(consumers, "MESSAGES", Limit("messages", 2, 2000))
    for number in range(3):
        await page.say(f"number {number}", f"m{number}")
    error = await page.refused()
    assert (error["code"], error["id"], error["retry"]) == ("rate_limited", "m2", True)
    assert error["text"] == "Too many messages. Try again in 17 minutes."
    for _ in range(2 - len(page.of("turn.end"))):
        await page.until("turn.end")
    assert await stored() == 4


async def test_the_limit_belongs_to_the_session_and_not_to_the_socket(
    open_page: OpenPage, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page()
    monkeypatch.setattr(consumers, "MESSAGES", Limit("messages", 1, 2000))
    await page.say("one")
    await page.until("turn.end")
    other = await open_page(token=page.token)
    await other.say("two")
    assert (await other.refused())["code"] == "rate_limited"


async def test_conversations_cannot_be_begun_without_end(open_page: OpenPage) -> None:
    page = await open_page(hello=False)
    for _ in range(11):
        await page.send("hello", v=PROTOCOL_VERSION)
    assert (await page.refused())["code"] == "rate_limited"
    await page.send("ping")
    await page.until("pong")
    assert await in_database(ChatSession.objects.count)() == 10


HOME = ("203.0.113.9", 50000)


async def test_an_address_cannot_begin_conversations_without_end(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "CONVERSATIONS", Limit("conversations", 2, 600))
    for _ in range(2):
        await open_page(client=HOME)
    third = await open_page(client=HOME, hello=False)
    await third.send("hello", v=PROTOCOL_VERSION)
    error = await third.refused()
    assert (error["code"], error["text"]) == ("rate_limited", "Too many conversations. Try again in 5 minutes.")
    await open_page(client=("203.0.113.10", 50000))
    assert await in_database(ChatSession.objects.count)() == 3


async def test_an_address_cannot_hold_sockets_without_end(open_page: OpenPage, settings: Settings) -> None:
    settings.CHAT_SOCKETS_PER_ADDRESS = 2
    first = await open_page(client=HOME)
    await open_page(client=HOME)
    third = await open_page(client=HOME, hello=False)
    error = await third.refused()
    assert (error["code"], error["retry"]) == ("rate_limited", True)
    assert "Try again in" in error["text"]
    assert await third.socket.receive_output(timeout=PATIENCE_S) == {"type": "websocket.close", "code": 4429}
    await first.close()
    await open_page(client=HOME)
    assert limits.OPEN_SOCKETS._open["203.0.113.9"] == 2


async def test_sockets_cannot_be_opened_without_end(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "SOCKETS", Limit("sockets", 1, 60))
    page = await open_page(client=HOME)
    await page.close()
    again = await open_page(client=HOME, hello=False)
    assert (await again.refused())["text"] == "Too many chats are open in your network. Try again in 60 seconds."


async def test_a_flood_of_frames_is_refused(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    page = await open_page()
    consumer_bucket = Bucket(per_second=0.001, burst=3)
    monkeypatch.setattr(Bucket, "take", lambda _: Bucket_take(consumer_bucket))
    for _ in range(4):
        await page.send("ping")
    assert (await page.refused())["code"] == "rate_limited"
    assert len(page.of("pong")) == 3


Bucket_take = Bucket.take


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("message.retry", {"turn": "nonsense"}, "nothing_to_retry"),
        ("message.retry", {"turn": str(uuid.uuid4())}, "nothing_to_retry"),
        ("mode.set", {"mode": "llm"}, "mode_unavailable"),
        ("mode.set", {"mode": "magic"}, "bad_frame"),
        ("cart.update", {"id": "c1", "product": "no such thing", "quantity": 1}, "unknown_product"),
        ("cart.update", {"id": "c1", "product": "mug", "quantity": 1000}, "bad_frame"),
        ("handoff.leave", {}, "not_waiting"),
        ("handoff.request", {"reason": "x" * 301}, "bad_frame"),
        ("hello", {"v": PROTOCOL_VERSION, "after": -1}, "bad_frame"),
        ("hello", {"v": PROTOCOL_VERSION, "token": "x" * 501}, "bad_frame"),
    ],
)
async def test_what_cannot_be_done_is_answered_with_its_reason(
    open_page: OpenPage, script: Script, kind: str, fields: dict[str, Any], code: str
) -> None:
    page = await open_page()
    await page.send(kind, **fields)
    error = await page.refused()
    assert error["code"] == code
    assert error["text"]
    await still_works(page)


async def test_a_stop_with_nothing_to_stop_is_dropped(open_page: OpenPage, script: Script) -> None:
    page = await open_page()
    await page.send("message.stop")
    await page.send("typing")
    assert await page.silent()
    await still_works(page)

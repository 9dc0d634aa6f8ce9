"""The socket through a real server: daphne in its own process, a real client, the test's database and index."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.typing import Origin

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat.models import Message
from apps.chat.tests.page import ORIGIN as LISTED
from apps.chat.tests.serving import server

pytestmark = pytest.mark.django_db(transaction=True)

Frame = dict[str, Any]
ORIGIN = Origin(LISTED)


def address(port: int, store: Store) -> str:
    return f"ws://127.0.0.1:{port}/ws/chat/{store.public_key}/"


async def until(socket: ClientConnection, kind: str) -> Frame:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            frame: Frame = json.loads(await socket.recv())
            if frame["type"] == kind:
                return frame


async def send(socket: ClientConnection, kind: str, **fields: Any) -> None:
    await socket.send(json.dumps({"type": kind, **fields}))


async def test_a_shopper_finds_a_product_over_a_real_socket(port: int, store: Store, shelf: object) -> None:
    async with connect(address(port, store), origin=ORIGIN) as socket:
        await send(socket, "hello", v=1)
        ready = await until(socket, "ready")
        await send(socket, "message.send", id="m1", text="a rain jacket")
        assert (await until(socket, "message.accepted"))["id"] == "m1"
        assert (await until(socket, "message.delta"))["text"]
        message = await until(socket, "message")
        assert (await until(socket, "turn.end"))["state"] == "complete"
    items = [item for part in message["parts"] if part["type"] == "products" for item in part["items"]]
    assert items[0]["title"] == "Harbour Rain Jacket"
    assert items[0]["price"] == 54.9
    stored = await in_database(lambda: Message.objects.filter(session_id=ready["session"]).count())()
    assert stored == 2


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3001"])
async def test_an_unlisted_origin_gets_403_at_the_handshake(port: int, store: Store, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(address(port, store), origin=Origin(origin))
    assert refused.value.response.status_code == 403


async def test_an_unknown_store_gets_403_at_the_handshake(port: int, store: Store) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://127.0.0.1:{port}/ws/chat/pk_unknown/", origin=ORIGIN)
    assert refused.value.response.status_code == 403


async def test_bad_frames_leave_the_real_socket_open(port: int, store: Store) -> None:
    async with connect(address(port, store), origin=ORIGIN) as socket:
        await send(socket, "hello", v=1)
        await until(socket, "ready")
        for bad, code in (
            (b"\x00\x01\xff", "bad_frame"),
            ("", "bad_frame"),
            ("{", "bad_frame"),
            ('{"type": "nonsense"}', "unknown_type"),
            (json.dumps({"type": "message.send", "id": "m1", "text": ""}), "empty_text"),
            (json.dumps({"type": "message.send", "id": "m1", "text": "x" * 10_000}), "too_long"),
            ("x" * 50_000, "too_long"),
        ):
            await socket.send(bad)
            assert (await until(socket, "error"))["code"] == code
        await send(socket, "ping")
        await until(socket, "pong")
    assert await in_database(Message.objects.count)() == 0


async def test_a_huge_frame_closes_the_socket_and_the_conversation_is_still_there(
    port: int, store: Store, shelf: object
) -> None:
    async with connect(address(port, store), origin=ORIGIN) as socket:
        await send(socket, "hello", v=1)
        token = (await until(socket, "ready"))["token"]
        await send(socket, "message.send", id="m1", text="a mug")
        await until(socket, "turn.end")
        with suppress(ConnectionClosedError):  # it may be closed before all is sent
            await socket.send("x" * 300_000)
        with pytest.raises(ConnectionClosedError):
            await until(socket, "pong")
    async with connect(address(port, store), origin=ORIGIN) as socket:
        await send(socket, "hello", v=1, token=token)
        assert (await until(socket, "ready"))["seq"] == 2


async def test_a_socket_that_drops_in_mid_answer_finds_the_answer_on_resume(
    port: int, store: Store, shelf: object
) -> None:
    socket = await connect(address(port, store), origin=ORIGIN)
    await send(socket, "hello", v=1)
    token = (await until(socket, "ready"))["token"]
    await send(socket, "message.send", id="m1", text="a warm jacket")
    await until(socket, "message.accepted")
    socket.transport.abort()
    async with connect(address(port, store), origin=ORIGIN) as again:
        await send(again, "hello", v=1, token=token, after=1)
        answer = await until(again, "message")
    assert (answer["seq"], answer["author"]["kind"], answer["complete"]) == (2, "assistant", True)


async def test_a_server_that_is_killed_after_the_acknowledgement_has_lost_nothing(
    store: Store, embeddings: object, index_host: Path, shelf: object
) -> None:
    """Whoever serves next answers what the dead process had accepted, once."""
    with server(index_host) as (doomed_port, doomed):
        socket = await connect(address(doomed_port, store), origin=ORIGIN)
        await send(socket, "hello", v=1)
        token = (await until(socket, "ready"))["token"]
        await send(socket, "message.send", id="m1", text="a rain jacket")
        await until(socket, "message.accepted")
        doomed.kill()
        with suppress(ConnectionClosedError):
            await until(socket, "nothing more")
    with server(index_host, "watch") as (port, _):
        async with connect(address(port, store), origin=ORIGIN) as again:
            await send(again, "hello", v=1, token=token, after=1)
            answer = await until(again, "message")
            assert (answer["seq"], answer["author"]["kind"], answer["complete"]) == (2, "assistant", True)
            await send(again, "message.send", id="m1", text="a rain jacket")
            await until(again, "message.accepted")
            await until(again, "turn.end")
    lines = await in_database(lambda: list(Message.objects.order_by("seq").values_list("author", flat=True)))()
    assert lines == ["shopper", "assistant"]


async def test_a_server_that_is_stopped_in_the_middle_of_its_work_ends(
    store: Store, index_host: Path, embeddings: object, shelf: object
) -> None:
    """Its database threads still commit when the loop has stopped; none of them may wait for it."""
    with server(index_host) as (port, process):
        sockets = [await connect(address(port, store), origin=ORIGIN) for _ in range(6)]
        for socket in sockets:
            await send(socket, "hello", v=1)
            for number in range(5):
                await send(socket, "message.send", id=f"m{number}", text="a rain jacket")
        await until(sockets[0], "message.accepted")
        process.terminate()
        assert await asyncio.to_thread(process.wait, 10) == 0

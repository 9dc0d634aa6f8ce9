"""Shoppers on a bad line, at a real server: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat.models import Message
from apps.chat.tests.page import ORIGIN

pytestmark = pytest.mark.django_db(transaction=True)

SHOPPERS = 8
WISHES = ["a rain jacket", "a mug", "hello", "a lamp", "a warm jacket under 150 dollars"]


class Shopper:
    """Sends every wish until it is acknowledged, over a line that breaks; keeps what it saw as a widget would."""

    def __init__(self, address: str, number: int) -> None:
        self.address = address
        self.dice = random.Random(number)  # noqa: S311 - a test that breaks must break again
        self.number = number
        self.token: str | None = None
        self.seen: dict[int, dict[str, Any]] = {}
        self.acknowledged: set[str] = set()

    async def shop(self) -> None:
        wishes = {f"m{self.number}-{place}": text for place, text in enumerate(WISHES)}
        while len(self.acknowledged) < len(wishes) or len(self.seen) < 2 * len(wishes):
            try:
                async with connect(self.address, origin=Origin(ORIGIN)) as socket:
                    await self._visit(socket, wishes)
            except ConnectionClosed:
                continue

    async def _visit(self, socket: ClientConnection, wishes: dict[str, str]) -> None:
        hello = {"type": "hello", "v": 1, "after": max(self.seen, default=0)}
        await socket.send(json.dumps(hello | ({"token": self.token} if self.token else {})))
        waiting = [message_id for message_id in wishes if message_id not in self.acknowledged]
        # The line may break now, or at any later frame.
        frames_left = self.dice.choice([1, 2, 3, 5, 8, 100])
        try:
            async with asyncio.timeout(PATIENCE_S):
                while frames_left > 0 and len(self.seen) < 2 * len(wishes):
                    self._take(json.loads(await socket.recv()), wishes)
                    frames_left -= 1
                    if self.token is not None and waiting:
                        message_id = waiting.pop(0)
                        wish = {"type": "message.send", "id": message_id, "text": wishes[message_id]}
                        await socket.send(json.dumps(wish))
        finally:
            socket.transport.abort()

    def _take(self, frame: dict[str, Any], wishes: dict[str, str]) -> None:
        if frame["type"] == "ready":
            self.token = frame["token"]
        elif frame["type"] == "message.accepted":
            self.acknowledged.add(frame["id"])
            self.seen[frame["seq"]] = {"client_id": frame["id"], "text": wishes[frame["id"]]}
        elif frame["type"] == "message":
            self.seen[frame["seq"]] = {"client_id": frame["client_id"], "turn": frame["turn"]}
            if frame["client_id"] is not None:
                self.acknowledged.add(frame["client_id"])


async def test_on_a_line_that_breaks_every_message_is_stored_once_and_answered_once(
    port: int, store: Store, shelf: object
) -> None:
    address = f"ws://127.0.0.1:{port}/ws/chat/{store.public_key}/"
    shoppers = [Shopper(address, number) for number in range(SHOPPERS)]
    async with asyncio.timeout(90):
        await asyncio.gather(*(shopper.shop() for shopper in shoppers))

    rows = await in_database(lambda: list(Message.objects.order_by("session_id", "seq").values()))()
    asked = Counter(row["client_id"] for row in rows if row["author"] == "shopper")
    assert set(asked) == {message_id for shopper in shoppers for message_id in shopper.acknowledged}
    assert set(asked.values()) == {1}
    answered = Counter(row["turn"] for row in rows if row["author"] == "assistant")
    assert set(answered) == {row["turn"] for row in rows if row["author"] == "shopper"}
    assert set(answered.values()) == {1}
    for shopper in shoppers:
        assert sorted(shopper.seen) == list(range(1, 2 * len(WISHES) + 1))

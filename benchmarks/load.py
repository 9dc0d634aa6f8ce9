"""Shoppers under load: each asks, waits for the whole answer, asks again; a lost socket is opened anew.

They behave as the widget does: what is not acknowledged is sent again with its id, what is acknowledged is waited
for.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

THINGS = ("jacket for men", "mug", "headphones", "boots", "backpack", "dress", "lamp", "tent", "kettle", "scarf")
KINDS = ("warm", "light", "red", "green", "cheap", "cosy", "sturdy", "blue", "small", "big", "soft", "grey")
LIMITS = [f"under ${dollars}" for dollars in range(15, 200)]
ADD = "add the first one to my cart"  # every fifth message: a tool that must not act twice
ANSWER_SECONDS = 30

Frame = dict[str, Any]


def question(randomly: random.Random) -> str:
    """One of some 22,000, so that hardly any repeats and no cache makes an answer look fast."""
    return f"{randomly.choice(KINDS)} {randomly.choice(THINGS)} {randomly.choice(LIMITS)}"


@dataclass
class Turn:
    """One message as its shopper saw it. Times are seconds of `time.monotonic`."""

    client_id: str
    text: str
    sent: float
    acknowledged: float = 0.0
    turn: str = ""
    ended: float = 0.0
    complete: bool = False


@dataclass
class Shopper:
    """One page with one conversation, which may be served by any of `ports`."""

    ports: Sequence[int]
    key: str
    seed: int
    turns: list[Turn] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    reconnects: int = 0
    token: str = ""
    seq: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Talk until `stop`, and then until the last message is answered."""
        randomly = random.Random(self.seed)  # noqa: S311 - which question, not a secret
        place = self.seed
        while not stop.is_set() or self._open() is not None:
            port = self.ports[place % len(self.ports)]
            address = f"ws://localhost:{port}/ws/chat/{self.key}/"
            try:
                origin = Origin(f"http://localhost:{port}")
                async with connect(
                    address, origin=origin, open_timeout=3, close_timeout=1, compression=None
                ) as socket:
                    await self._talk(socket, randomly, stop)
                    return
            except (OSError, TimeoutError, WebSocketException):
                place += 1
                self.reconnects += 1
                await asyncio.sleep(0.2 + randomly.random() * 0.3)

    def _open(self) -> Turn | None:
        """The message that still waits for its answer."""
        return self.turns[-1] if self.turns and not self.turns[-1].ended else None

    async def _talk(self, socket: ClientConnection, randomly: random.Random, stop: asyncio.Event) -> None:
        hello: Frame = {"type": "hello", "v": 1, "after": self.seq}
        if self.token:
            hello["token"] = self.token
        await socket.send(json.dumps(hello))
        while (frame := await self._hear(socket))["type"] != "ready":
            if frame["type"] == "error":
                raise TimeoutError(frame["code"])
        while not stop.is_set() or self._open() is not None:
            turn = self._open()
            if turn is None:
                text = ADD if len(self.turns) % 5 == 4 else question(randomly)
                turn = Turn(uuid.uuid4().hex, text, time.monotonic())
                self.turns.append(turn)
            if not turn.acknowledged:
                await socket.send(json.dumps({"type": "message.send", "id": turn.client_id, "text": turn.text}))
            await self._answered(socket, turn)

    async def _answered(self, socket: ClientConnection, turn: Turn) -> None:
        while not turn.ended:
            frame = await self._hear(socket)
            if frame["type"] == "error" and frame.get("id") == turn.client_id:
                if not frame["retry"]:
                    raise AssertionError(frame)
                self.errors.append(frame["code"])
                await asyncio.sleep(0.3)
                return  # to send it again

    async def _hear(self, socket: ClientConnection) -> Frame:
        frame: Frame = json.loads(await asyncio.wait_for(socket.recv(), ANSWER_SECONDS))
        self.seq = max(self.seq, frame.get("seq") or 0)
        self.token = frame.get("token") or self.token
        turn = self._open()
        if turn is None:
            return frame
        if frame["type"] == "message.accepted" and frame["id"] == turn.client_id:
            turn.acknowledged, turn.turn = time.monotonic(), frame["turn"]
        elif _answers(frame, turn):
            turn.ended, turn.complete = time.monotonic(), frame["complete"]
        return frame


def _answers(frame: Frame, turn: Turn) -> bool:
    if frame["type"] != "message" or not turn.turn:
        return False
    return bool(frame["turn"] == turn.turn and frame["author"]["kind"] == "assistant")


async def talk(shoppers: Sequence[Shopper], *, until: asyncio.Event) -> float:
    """Let them talk until the event, and then until the last answer, or as long as one may take.

    Returns the seconds that took.
    """
    began = time.monotonic()
    tasks = {asyncio.create_task(shopper.run(until)) for shopper in shoppers}
    await until.wait()
    done, waiting = await asyncio.wait(tasks, timeout=ANSWER_SECONDS)
    for task in waiting:
        task.cancel()
    for task in done:
        task.result()
    return time.monotonic() - began


async def talk_for(shoppers: Sequence[Shopper], seconds: float) -> float:
    """The same, with a time in place of an event."""
    until = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, until.set)
    return await talk(shoppers, until=until)

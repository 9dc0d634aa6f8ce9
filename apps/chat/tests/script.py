"""An answerer that says what a test tells it to, when the test lets it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from apps.accounts.tests.machine import PATIENCE_S
from apps.chat.steps import Answer, Say, Show, ToolStep, TurnContext

Act = Callable[[TurnContext], Awaitable[object]]
Line = Say | Show | ToolStep | asyncio.Event | Exception | Act


class Script:
    """`lines` are played for every turn: steps are yielded, events waited for, errors raised, calls made."""

    def __init__(self) -> None:
        self.lines: list[Line] = [Say("Hello "), Say("there.")]
        self.turns: list[TurnContext] = []
        self.cancelled = 0
        self._begun = asyncio.Event()

    async def begun(self) -> None:
        """Wait until a turn is being answered."""
        await asyncio.wait_for(self._begun.wait(), PATIENCE_S)

    async def answer(self, turn: TurnContext) -> Answer:
        self.turns.append(turn)
        self._begun.set()
        try:
            for line in self.lines:
                if isinstance(line, asyncio.Event):
                    await line.wait()
                elif isinstance(line, Exception):
                    raise line
                elif isinstance(line, Say | Show | ToolStep):
                    yield line
                else:
                    await line(turn)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

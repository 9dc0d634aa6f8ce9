"""What every intent's handler works with: the turn, the words, and the ways to look, act and ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.product import Product
from apps.catalog.runtime import catalog
from apps.chat.dialogue import Dialogue
from apps.chat.parts import Choice, ChoicesPart
from apps.chat.steps import Say, Show, Step, ToolStep, TurnContext
from apps.chat.tools.base import ToolError, ToolResult

PERSON = Choice(label="Talk to a person", text="I want to talk to a human")


@dataclass
class Talk:
    """One turn of intent mode. `text` is the shopper's text, normalised for rules.

    `unsure`: neither rule nor cue nor example says that it is a search, which is only the best guess.
    `readings`: how the catalogue reads texts of this turn, by the text and whether its errors were corrected.
    """

    turn: TurnContext
    text: str
    unsure: bool = False
    readings: dict[tuple[str, bool], SearchQuery] = field(default_factory=dict)
    _calls: int = field(default=0)

    @property
    def dialogue(self) -> Dialogue:
        return self.turn.dialogue

    @property
    def store(self) -> str:
        return self.turn.store_name

    async def products(self, product_ids: Sequence[str]) -> list[Product]:
        """The records as the index has them now; those that are gone are left out."""
        if not product_ids:
            return []
        return await asyncio.to_thread(
            catalog().get, store_id=self.turn.store_id, product_ids=list(dict.fromkeys(product_ids))
        )

    async def on_screen(self) -> tuple[list[Product], Product | None]:
        """The products last shown, and the one among or beside them that "it" means."""
        subject = self.dialogue.subject
        found = await self.products([*self.dialogue.last_products, *([subject] if subject else [])])
        shown = [product for product in found if product.product_id in self.dialogue.last_products]
        return shown, next((product for product in found if product.product_id == subject), None)

    async def named(self) -> list[Product]:
        """Products of the whole store whose titles stand in the text."""
        return await asyncio.to_thread(catalog().mentioned, store_id=self.turn.store_id, text=self.turn.text)

    async def call(self, name: str, **arguments: Any) -> ToolResult:
        """Run a tool. Its id is its place in the turn: a repeated turn repeats no deed. Raises ToolError."""
        self._calls += 1
        return await self.turn.tools.call(name, arguments, f"i{self._calls}")


class Acted:
    """The outcome of `act`, once its steps are through: a result, or the error."""

    result: ToolResult | None = None
    error: ToolError | None = None


async def act(talk: Talk, acted: Acted, name: str, **arguments: Any) -> AsyncIterator[Step]:
    """Run a tool with its steps around it, and leave the outcome in `acted`."""
    yield ToolStep(name, "started")
    try:
        acted.result = await talk.call(name, **arguments)
    except ToolError as error:
        acted.error = error
        yield ToolStep(name, "failed")
    else:
        yield ToolStep(name, "done")


def speak(*sentences: str) -> list[Step]:
    """Sentences as they are streamed: one delta each, with the spaces between them."""
    kept = [sentence for sentence in sentences if sentence]
    return [Say(sentence if place == 0 else f" {sentence}") for place, sentence in enumerate(kept)]


def offer(*choices: Choice | tuple[str, str]) -> Show:
    """Quick replies, as (label, text) or just the label's own words."""
    made = [
        choice if isinstance(choice, Choice) else Choice(label=choice[0], text=choice[1]) for choice in choices
    ]
    return Show(ChoicesPart(choices=made))

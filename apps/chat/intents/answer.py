"""Intent mode: an answer without a language model."""

from __future__ import annotations

from apps.chat.parts import ProductsPart
from apps.chat.steps import Answer, Say, Show, ToolStep, TurnContext
from apps.chat.tools.base import ToolError


async def answer_by_intent(turn: TurnContext) -> Answer:
    """Take every message for a search."""
    yield ToolStep("search_products", "started")
    try:
        found = await turn.tools.call("search_products", {"query": turn.text[:500]}, "search")
    except ToolError as error:
        yield ToolStep("search_products", "failed")
        yield Say(error.text)
        return
    yield ToolStep("search_products", "done")
    if not found.parts or not any(isinstance(part, ProductsPart) for part in found.parts):
        yield Say("We don't carry that.")
        return
    yield Say("Here is what I found:")
    for part in found.parts:
        yield Show(part)
    turn.dialogue.last_products = [product["product_id"] for product in found.content["products"]]

"""What talk asks of the catalogue: how it reads a text, what it finds, what there is at all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.queries import SearchQuery, SearchResult
from apps.catalog.runtime import catalog
from apps.chat.intents.talk import PERSON, Talk, offer, speak
from apps.chat.intents.words import mended
from apps.chat.steps import Step, ToolStep
from eaichat.telemetry import observe

SHOWN_AT_ONCE = 6
# Enough to tell whether there is more, and to pick the blue ones from.
FETCHED = 24
MOST = 96


async def departments(talk: Talk) -> list[str]:
    """The store's top categories, those with most products first."""
    counts: Counter[str] = Counter()
    for name, count in await asyncio.to_thread(catalog().categories, store_id=talk.turn.store_id):
        counts[name.split(" > ")[0]] += count
    return [name for name, _ in counts.most_common()]


async def parsed(talk: Talk) -> SearchQuery:
    """How the catalogue reads the text: its limits tell a search from small talk. Costs no embedding."""
    return await parse(talk, mended(talk.turn.text).strip())


async def parse(talk: Talk, text: str, *, correct: bool = True) -> SearchQuery:
    """A copy for the caller to change: the same text is read once a turn."""
    if (text, correct) not in talk.readings:
        talk.readings[text, correct] = await asyncio.to_thread(
            catalog().parse, store_id=talk.turn.store_id, text=text, correct=correct
        )
    return talk.readings[text, correct].model_copy()


async def look_up(talk: Talk, query: SearchQuery, limit: int = FETCHED) -> SearchResult:
    with observe("search", "retriever", input=query.model_dump(exclude_defaults=True)) as observation:
        found = await asyncio.to_thread(
            catalog().search, store_id=talk.turn.store_id, query=query.model_copy(update={"limit": limit})
        )
        observation.update(output=[hit.product.product_id for hit in found.hits[:SHOWN_AT_ONCE]])
    return found


async def guarded(talk: Talk, steps: AsyncIterator[Step]) -> AsyncIterator[Step]:
    """The steps; when the index does not answer, that is said instead."""
    try:
        async for step in steps:
            yield step
    except CatalogError as error:
        talk.turn.record["error"] = error.code
        yield ToolStep("search_products", "failed")
        for said in speak("I can't reach the catalogue right now.", "Please try again in a moment."):
            yield said
        yield offer(("Try again", talk.turn.text[:200]), PERSON)

"""A photo instead of words: what looks like it, within the limits that were said with it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.queries import SearchQuery
from apps.chat.intents.looking import look_up
from apps.chat.intents.showing import show, without_limits
from apps.chat.intents.talk import PERSON, Talk, offer, speak
from apps.chat.steps import Step, TurnContext


async def answer_by_photo(turn: TurnContext, photo: SearchQuery) -> AsyncIterator[Step]:
    """`photo`: in `among` what looks most like it. What is shown is as the index has it now."""
    talk = Talk(turn, "")
    talk.dialogue.stop_waiting()
    turn.record["intent"] = {"name": "photo_search", "how": "photo", "score": 1.0}
    try:
        async for step in _answer(talk, photo):
            yield step
    except CatalogError as error:
        turn.record["error"] = error.code
        for said in speak("I can't reach the catalogue right now.", "Please send the photo again in a moment."):
            yield said


async def _answer(talk: Talk, photo: SearchQuery) -> AsyncIterator[Step]:
    if not photo.among:
        for step in _nothing(talk):
            yield step
        return
    found = await look_up(talk, photo)
    sentences = [
        "This looks most like your photo:" if len(found.hits) > 1 else "One product looks like your photo:"
    ]
    if not found.hits:
        without, broken = without_limits(found)
        found = await look_up(talk, without)
        sentences = [f"Nothing that looks like your photo is {broken}.", "Without that limit, this does:"]
    if not found.hits:  # what the photo found is gone meanwhile
        for step in _nothing(talk):
            yield step
        return
    for step in speak(*sentences):
        yield step
    async for step in show(talk, found.query, wish="", found=found, quiet=True):
        yield step


def _nothing(talk: Talk) -> list[Step]:
    talk.turn.record["no_hits"] = True
    said = speak("Nothing here looks like your photo.", "Tell me in words what it is, and I'll look again.")
    return [*said, offer(PERSON)]

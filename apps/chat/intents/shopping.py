"""Finding products: a search, a narrower one, a cheaper one, more of the same."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from apps.catalog.engine.queries import SearchQuery, SearchResult
from apps.chat.intents import cues
from apps.chat.intents.looking import look_up, parse
from apps.chat.intents.showing import instead, show
from apps.chat.intents.talk import Talk, speak
from apps.chat.intents.wishes import as_wished, asked_for, joined, without_anything
from apps.chat.steps import Step

_PRICES = {"price_min": "price_over", "price_max": "price_under"}


async def search(talk: Talk, text: str = "") -> AsyncIterator[Step]:
    """A new wish, from `text` or the whole message. What was searched before is forgotten, the cart is not."""
    query, found = await _find(talk, text or asked_for(talk.turn.text))
    if not _limits(query) and not cues.says_something(query.text.lower()):
        for said in speak(
            "What are you looking for?", "Tell me in a few words, with a price or a colour if you like."
        ):
            yield said
        return
    async for step in show(talk, query, wish=query.text, new=True, found=found):
        yield step


async def search_exactly(talk: Talk) -> AsyncIterator[Step]:
    """A search for words that were taken for a typing error, as they were typed."""
    query = await parse(talk, cues.exactly(talk.text), correct=False)
    async for step in show(talk, query, wish=query.text, new=True):
        yield step


async def _find(talk: Talk, text: str) -> tuple[SearchQuery, SearchResult]:
    query = await parse(talk, text)
    if not cues.thing_named(without_anything(query.text).lower()):
        query.text = without_anything(query.text)
    return query, await look_up(talk, query)


async def refine(talk: Talk, text: str = "") -> AsyncIterator[Step]:
    """The last search again, narrower (by `text` or the message), cheaper, dearer, or its next hits."""
    last = talk.dialogue.last_query
    if last is None:
        async for step in search(talk):
            yield step
        return
    kind = ("narrow" if text else cues.refinement(talk.text)) or "narrow"
    if kind == "more":
        async for step in show(talk, last, wish=talk.dialogue.wish, skip=talk.dialogue.shown):
            yield step
        return
    if kind in ("cheaper", "dearer"):
        async for step in _other_price(talk, last, cheaper=kind == "cheaper"):
            yield step
        return
    async for step in _narrow(talk, last, text or asked_for(talk.turn.text)):
        yield step


async def _narrow(talk: Talk, last: SearchQuery, text: str) -> AsyncIterator[Step]:
    added = await parse(talk, text)
    added.text = cues.essence(without_anything(added.text))
    added.sort = cues.sorting(talk.text) or added.sort
    if (
        not cues.says_something(added.text.lower())
        and not _limits(added)
        and not re.search(r"\bsize\b", added.text)
    ):
        for said in speak("What shall I change?", "Tell me a price, a colour, or what else it should be."):
            yield said
        return
    wish = joined(talk.dialogue.wish, added.text)
    merged = await parse(talk, wish)
    query = last.model_copy(update={**_limits(merged, ("category",)), **_limits(added), "text": wish, "offset": 0})
    found = await look_up(talk, query)
    if not found.hits and cues.thing_named(added.text.lower()):
        # It narrows nothing: perhaps it was a wish of its own, "something for coffee lovers".
        alone, anew = await _find(talk, text)
        query, found, wish = (alone, anew, alone.text) if anew.hits else (query, found, wish)
    if not found.hits and added.text and not _limits(added):
        # What was found before stays what is talked about.
        talk.turn.record["no_hits"] = True
        for said in speak(f"Nothing for “{talk.dialogue.wish}” is also “{added.text}”.", instead(talk)):
            yield said
        return
    async for step in show(talk, query, wish=wish, found=found):
        yield step


async def take_back(talk: Talk) -> AsyncIterator[Step]:
    """The last search again, without the limit that the shopper has taken off."""
    query, label = talk.dialogue.understood, cues.taken_back(talk.text)
    chips = (await look_up(talk, query, limit=1)).chips if query else []
    keys = [chip.key for chip in chips if chip.label.lower() == label]
    if query is None or not keys:
        for said in speak("The search has no such limit any more.", "Tell me what to change."):
            yield said
        return
    async for step in show(talk, query.without(keys[0]), wish=talk.dialogue.wish):
        yield step


async def _other_price(talk: Talk, last: SearchQuery, *, cheaper: bool) -> AsyncIterator[Step]:
    shown, subject = await talk.on_screen()
    prices = [product.price for product in ([subject] if subject else shown) if product.price is not None]
    if cheaper:
        bound = {"price_max": min(prices), "price_under": True} if prices else {}
        query = last.model_copy(update={**bound, "sort": "price_asc", "offset": 0})
    else:
        bound = {"price_min": max(prices), "price_over": True} if prices else {}
        query = last.model_copy(update={**bound, "sort": "relevance", "offset": 0})
    found = await look_up(talk, query)
    fitting, missing = as_wished(found, talk.dialogue.wish)
    if fitting and not missing:
        async for step in show(talk, query, wish=talk.dialogue.wish, found=found):
            yield step
        return
    talk.turn.record["no_hits"] = True
    direction = "cheaper" if cheaper else "more expensive"
    lowest = "lowest" if cheaper else "highest"
    for said in speak(f"I have nothing {direction} that fits.", f"Here is what there is, {lowest} price first:"):
        yield said
    query = last.model_copy(update={"sort": "price_asc" if cheaper else "price_desc", "offset": 0})
    async for step in show(talk, query, wish=talk.dialogue.wish, quiet=True):
        yield step


def _limits(query: SearchQuery, names: tuple[str, ...] = ()) -> dict[str, object]:
    """The limits that a query sets, by name; all of them or only `names`."""
    given = query.model_dump(exclude_defaults=True, exclude={"text", "limit", "offset", "corrected"})
    # Whether the limit itself counts is said with it: "up to 50" after "under 60" counts the 50.
    given |= {counts: getattr(query, counts) for price, counts in _PRICES.items() if price in given}
    return {name: getattr(query, name) for name in given if not names or name in names}

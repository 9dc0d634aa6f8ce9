"""Finding products: a search, a narrower one, a cheaper one, more of the same; and the honest no."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.queries import SearchQuery, SearchResult
from apps.catalog.product import Product
from apps.catalog.runtime import catalog
from apps.chat.intents import cues
from apps.chat.intents.talk import PERSON, Talk, offer, speak
from apps.chat.intents.wishes import as_wished, asked_for, is_named, joined, without, without_anything
from apps.chat.intents.words import COLOURS, is_foreign, mended
from apps.chat.parts import Choice, FiltersPart, ProductsPart
from apps.chat.steps import Show, Step, ToolStep
from eaichat.telemetry import observe

SHOWN_AT_ONCE = 6
_HINT = "\n\nSay “add the first one” to put it into your cart, or narrow it: “cheaper”, “in blue”."
_HINT_FOR_ONE = "\n\nSay “add it” to put it into your cart."
# Enough to tell whether there is more, and to pick the blue ones from.
_FETCHED = 24
_MOST = 96
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
    query = await _parse(talk, cues.exactly(talk.text), correct=False)
    async for step in show(talk, query, wish=query.text, new=True):
        yield step


async def _find(talk: Talk, text: str) -> tuple[SearchQuery, SearchResult]:
    query = await _parse(talk, text)
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
    added = await _parse(talk, text)
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
    merged = await _parse(talk, wish)
    query = last.model_copy(update={**_limits(merged, ("category",)), **_limits(added), "text": wish, "offset": 0})
    found = await look_up(talk, query)
    if not found.hits and cues.thing_named(added.text.lower()):
        # It narrows nothing: perhaps it was a wish of its own, "something for coffee lovers".
        alone, anew = await _find(talk, text)
        query, found, wish = (alone, anew, alone.text) if anew.hits else (query, found, wish)
    if not found.hits and added.text and not _limits(added):
        # What was found before stays what is talked about.
        talk.turn.record["no_hits"] = True
        for said in speak(f"Nothing for “{talk.dialogue.wish}” is also “{added.text}”.", _instead(talk)):
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


async def show(
    talk: Talk,
    query: SearchQuery,
    *,
    wish: str,
    new: bool = False,
    skip: int = 0,
    found: SearchResult | None = None,
    quiet: bool = False,
) -> AsyncIterator[Step]:
    """Search, and show the hits after the first `skip`; `quiet`: the words were said already."""
    found = found or await look_up(talk, query, limit=_MOST if skip else _FETCHED)
    products, missing = as_wished(found, wish)
    page, more = products[skip : skip + SHOWN_AT_ONCE], len(products) > skip + SHOWN_AT_ONCE
    if query.sort == "relevance":
        page = sorted(page, key=lambda product: not product.in_stock)  # what can be bought comes first
    talk.turn.record["search"] = {
        "query": query.model_dump(exclude_defaults=True),
        "hits": [[hit.product.product_id, round(hit.score, 3)] for hit in found.hits[:SHOWN_AT_ONCE]],
    }
    if not page:
        async for step in _nothing(talk, found, wish=wish, new=new, skip=skip):
            yield step
        return
    if not quiet:
        for said in [*_corrected(query), *_heading(wish, missing, len(page), skip=skip)]:
            yield said
    for step in _understood(talk, found):
        yield step
    yield Show(ProductsPart(product_ids=[product.product_id for product in page]))
    if not quiet and not skip and talk.dialogue.last_query is None:
        yield speak(_HINT if len(page) > 1 else _HINT_FOR_ONE)[0]
    if missing:
        # Nothing here has that: what follows need not have it either.
        wish = without(wish, frozenset(missing))
        query = query.model_copy(update={"text": wish})
    talk.dialogue.showed([product.product_id for product in page])
    named = [product for product in page if is_named(product, wish)]
    if new and query.sort != "relevance":
        named = page[:1]  # "the cheapest mug": that is the one to talk about
    if len(named) == 1:
        talk.dialogue.talk_about(named[0].product_id)
    remembered = {"limit": 8, "offset": 0, "corrected": {}}
    talk.dialogue.last_query, talk.dialogue.wish = query.model_copy(update=remembered), wish
    talk.dialogue.shown = skip + len(page)
    talk.dialogue.misses = 0
    choices = _choices(page, query, more=more)
    if choices:
        yield offer(*choices)


def _corrected(query: SearchQuery) -> list[Step]:
    """What was read in place of what was typed."""
    return [said for typed, meant in query.corrected.items() for said in speak(f"I read “{typed}” as “{meant}”. ")]


def _understood(talk: Talk, found: SearchResult) -> list[Step]:
    """The limits as chips, each of which the shopper may take back."""
    talk.dialogue.understood = found.query.model_copy(update={"limit": 8, "offset": 0})
    return [Show(FiltersPart(labels=found.labels))] if found.labels else []


def _heading(wish: str, missing: list[str], count: int, *, skip: int) -> list[Step]:
    """`missing`: the colours or features that were asked for and that no product's record has."""
    about = f"for “{wish}”:" if wish else ""
    if missing:
        verb = "comes in" if COLOURS.issuperset(missing) else "is"
        sentences = [f"I found none that says it {verb} {' and '.join(missing)}.", "The nearest I have"]
        return speak(*sentences, about or "is this:")
    if skip:
        return speak("Here is more" if count > 1 else "Here is one more", about or "of it:")
    return speak("Here is what I found" if count > 1 else "I found one thing", about or "for you:")


async def _nothing(talk: Talk, found: SearchResult, *, wish: str, new: bool, skip: int) -> AsyncIterator[Step]:
    """Say no, plainly; never show another thing as if it were what was asked."""
    talk.turn.record["no_hits"] = True
    if skip:
        for said in speak("That is all that fits.", "Tell me what to change, and I'll search again."):
            yield said
        return
    without, broken = without_limits(found)
    if broken and (await look_up(talk, without, limit=1)).hits:
        about = f" for “{wish}”" if wish else " like your photo" if without.among else ""
        for said in speak(f"Nothing{about} is {broken}.", "I do have some without that limit."):
            yield said
        for step in _understood(talk, found):
            yield step
        if new:
            # A limit may be given up in the next message: keep the wish.
            talk.dialogue.wish, talk.dialogue.last_query, talk.dialogue.shown = wish, without, 0
        # No words ask for what is like a photo: there the chips take the limit off.
        yield offer(*[] if without.among else [("Show them", wish or "show me everything")], PERSON)
        return
    talk.dialogue.misses += 1
    if is_foreign(talk.text):
        sentences = ["I only understand English so far, sorry."]
    elif talk.unsure:
        # Perhaps it was no wish at all: "does your uncle fish?" is nothing to carry or not.
        sentences = ["I'm not sure what you mean. We don't carry anything like it."]
    else:
        sentences = [f"We don't carry {f'“{wish}”' if wish else 'that'}."]
    for said in speak(*sentences, _instead(talk)):
        yield said
    yield offer(*[(top, f"Show me {top}") for top in (await departments(talk))[:3]], PERSON)


def without_limits(found: SearchResult) -> tuple[SearchQuery, str]:
    """The same search without the limits that its chips show, and what these are; category and sorting stay."""
    removable = [chip for chip in found.chips if chip.key not in ("category", "sort")]
    query = found.query
    for chip in removable:
        query = query.without(chip.key)
    return query, ", ".join(chip.label for chip in removable)


def _instead(talk: Talk) -> str:
    if talk.dialogue.misses > 1:
        return "I may be missing what you mean: a person from the store can look, too."
    return "Can I look for something else?"


def _choices(page: list[Product], query: SearchQuery, *, more: bool) -> list[Choice]:
    choices = []
    if more:
        choices.append(Choice(label="Show more", text="show me more"))
    if len(page) > 1:
        choices.append(Choice(label="Cheaper", text="cheaper"))
    if query.in_stock is None and not all(product.in_stock for product in page):
        choices.append(Choice(label="Only in stock", text="only in stock"))
    if query.corrected:
        typed = " ".join(query.corrected)
        choices.append(Choice(label=f"Search for “{typed}”", text=f"Exactly “{typed}”"))
    return choices


async def departments(talk: Talk) -> list[str]:
    """The store's top categories, those with most products first."""
    counts: Counter[str] = Counter()
    for name, count in await asyncio.to_thread(catalog().categories, store_id=talk.turn.store_id):
        counts[name.split(" > ")[0]] += count
    return [name for name, _ in counts.most_common()]


async def parsed(talk: Talk) -> SearchQuery:
    """How the catalogue reads the text: its limits tell a search from small talk. Costs no embedding."""
    return await _parse(talk, mended(talk.turn.text).strip())


async def _parse(talk: Talk, text: str, *, correct: bool = True) -> SearchQuery:
    """A copy for the caller to change: the same text is read once a turn."""
    if (text, correct) not in talk.readings:
        talk.readings[text, correct] = await asyncio.to_thread(
            catalog().parse, store_id=talk.turn.store_id, text=text, correct=correct
        )
    return talk.readings[text, correct].model_copy()


async def look_up(talk: Talk, query: SearchQuery, limit: int = _FETCHED) -> SearchResult:
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


def _limits(query: SearchQuery, names: tuple[str, ...] = ()) -> dict[str, object]:
    """The limits that a query sets, by name; all of them or only `names`."""
    given = query.model_dump(exclude_defaults=True, exclude={"text", "limit", "offset", "corrected"})
    # Whether the limit itself counts is said with it: "up to 50" after "under 60" counts the 50.
    given |= {counts: getattr(query, counts) for price, counts in _PRICES.items() if price in given}
    return {name: getattr(query, name) for name in given if not names or name in names}

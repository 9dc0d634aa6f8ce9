"""Saying what a search found: cards, chips, what may be said next; and the honest no."""

from __future__ import annotations

from collections.abc import AsyncIterator

from apps.catalog.engine.queries import SearchQuery, SearchResult
from apps.catalog.product import Product
from apps.chat.intents.looking import FETCHED, MOST, SHOWN_AT_ONCE, departments, look_up
from apps.chat.intents.talk import PERSON, Talk, offer, speak
from apps.chat.intents.wishes import as_wished, is_named, without
from apps.chat.intents.words import COLOURS, is_foreign
from apps.chat.parts import Choice, FiltersPart, ProductsPart
from apps.chat.steps import Show, Step

_HINT = "\n\nSay “add the first one” to put it into your cart, or narrow it: “cheaper”, “in blue”."
_HINT_FOR_ONE = "\n\nSay “add it” to put it into your cart."


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
    found = found or await look_up(talk, query, limit=MOST if skip else FETCHED)
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
    for said in speak(*sentences, instead(talk)):
        yield said
    yield offer(*[(top, f"Show me {top}") for top in (await departments(talk))[:3]], PERSON)


def without_limits(found: SearchResult) -> tuple[SearchQuery, str]:
    """The same search without the limits that its chips show, and what these are; sorting stays.

    So does the category, but among what a photo found: something of another kind may look like it.
    """
    kept = ("sort",) if found.query.among else ("category", "sort")
    removable = [chip for chip in found.chips if chip.key not in kept]
    query = found.query
    for chip in removable:
        query = query.without(chip.key)
    return query, ", ".join(f"in “{chip.label}”" if chip.key == "category" else chip.label for chip in removable)


def instead(talk: Talk) -> str:
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

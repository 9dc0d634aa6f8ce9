"""The cart by talking: add, how many, remove, look, and on to the checkout."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any

from apps.catalog.product import Product
from apps.chat.intents import cues, shopping
from apps.chat.intents.references import describes, places_named, quantity_in, resolve
from apps.chat.intents.talk import PERSON, Acted, Talk, act, offer, speak
from apps.chat.parts import CartPart
from apps.chat.steps import Show, Step

_RELATIVE = re.compile(r"\b(more|another|extra|additional)\b")
_FEWER = re.compile(
    r"\b(less|fewer)\b|\b(remove|take|delete) (one|two|three|\d+)( of (it|them|those|these|the))?\b(?! one)"
)
_ASKED_AT_ONCE = 4


async def add(talk: Talk) -> AsyncIterator[Step]:
    shown, subject = await talk.on_screen()
    quantity = quantity_in(talk.text)
    if quantity is not None and quantity <= len(shown) > 1 and re.fullmatch(r"add \d", talk.text) and not subject:
        meant, candidates, quantity = (
            [shown[quantity - 1]],
            [],
            None,
        )  # "add 2", with several shown: the second one
    else:
        found = resolve(talk.text, shown=shown, subject=subject)
        meant, candidates = found.products, found.candidates
    if not meant and not candidates and not places_named(talk.text):
        named = await talk.named()
        meant, candidates = (named, []) if len(named) == 1 else ([], named)
    if meant:
        async for step in _put(talk, meant, quantity or 1):
            yield step
    elif candidates:
        async for step in _which(talk, candidates, "add", quantity):
            yield step
    elif places_named(talk.text):
        count = len(shown)
        counted = (
            f"I showed {count} product{'s' if count > 1 else ''}."
            if count
            else "I haven't shown you any products yet."
        )
        for said in speak(counted, "Which one do you mean?" if count else "What are you looking for?"):
            yield said
    elif _wish(talk.text):
        async for step in shopping.search(talk, _wish(talk.text)):
            yield step
        if talk.dialogue.last_products and not talk.turn.record.get("no_hits"):
            yield speak("\n\nWhich one shall I add?")[0]
            talk.dialogue.awaiting, talk.dialogue.pending = "which_product", "add"
            talk.dialogue.pending_quantity = quantity
    else:
        for said in speak("Which product do you mean?", "Tell me what you are looking for, and I'll find it."):
            yield said


async def set_quantity(talk: Talk) -> AsyncIterator[Step]:
    quantity = quantity_in(talk.text)
    held, lines = await _cart(talk)
    meant = await _in_talk(talk, held)
    if quantity is None:
        for said in speak("How many would you like?"):
            yield said
        return
    if len(meant) != 1:
        async for step in _not_clear(talk, meant, held, "set", quantity):
            yield step
        return
    product = meant[0]
    now = lines.get(product.product_id, 0)
    if _FEWER.search(talk.text):
        quantity = max(now - quantity, 0)
    elif _RELATIVE.search(talk.text):
        quantity = now + quantity
    async for step in _set(talk, product, quantity):
        yield step


async def remove(talk: Talk) -> AsyncIterator[Step]:
    held, lines = await _cart(talk)
    if not held:
        for said in speak("Your cart is empty already."):
            yield said
        return
    meant = await _in_talk(talk, held)
    here = [product for product in meant if product.product_id in lines]
    fewer = (
        quantity_in(talk.text.replace("remove ", "").replace("take ", "")) if _FEWER.search(talk.text) else None
    )
    if len(here) == 1 and fewer and fewer < lines[here[0].product_id]:
        async for step in _set(talk, here[0], lines[here[0].product_id] - fewer):
            yield step
    elif here and (len(here) == 1 or cues.wants_several(talk.text)):
        for product in here:
            async for step in _set(talk, product, 0):
                yield step
    elif meant and not here:
        for said in speak(f"{meant[0].title} isn't in your cart.", "This is:"):
            yield said
        yield Show(CartPart())
    else:
        async for step in _not_clear(talk, here, held, "remove", None):
            yield step


async def clear(talk: Talk) -> AsyncIterator[Step]:
    held, _ = await _cart(talk)
    for product in held:
        acted = Acted()
        async for step in act(talk, acted, "update_cart", product_id=product.product_id, quantity=0):
            yield step
        if acted.error:
            for said in speak(acted.error.text):
                yield said
            return
    for said in speak("Your cart is empty now." if held else "Your cart is empty already."):
        yield said
    if held:
        yield Show(CartPart())


async def view(talk: Talk) -> AsyncIterator[Step]:
    async for step in _show_cart(talk, "This is in your cart:"):
        yield step


async def checkout(talk: Talk) -> AsyncIterator[Step]:
    async for step in _show_cart(talk, "Here is your cart. If it is right, go on to the checkout from it."):
        yield step


async def which_product(talk: Talk) -> AsyncIterator[Step]:
    """The answer to "which one?", when it is one: go on with what was to be done."""
    pending, quantity = talk.dialogue.pending or "add", talk.dialogue.pending_quantity
    meant, candidates = await _chosen(talk)
    talk.dialogue.stop_waiting()
    if not meant:
        async for step in _which(talk, candidates, pending, quantity):
            yield step
        return
    if pending == "add":
        async for step in _put(talk, meant, quantity or 1):
            yield step
        return
    for product in meant:
        async for step in _set(talk, product, 0 if pending == "remove" else quantity or 1):
            yield step


async def is_choice(talk: Talk) -> bool:
    """Whether the text answers "which one?"; if not, the shopper wants something else altogether."""
    meant, candidates = await _chosen(talk)
    return bool(meant or candidates)


async def _chosen(talk: Talk) -> tuple[list[Product], list[Product]]:
    """The products that are meant, or those of which one is."""
    held = (await _cart(talk))[0] if talk.dialogue.pending != "add" else []
    shown, subject = await talk.on_screen()
    found = resolve(talk.text, shown=shown, subject=subject, cart=held)
    meant = found.products or ([] if found.candidates else await talk.named())
    if len(meant) > 1 and not cues.wants_several(talk.text) and not places_named(talk.text):
        return [], meant
    return meant, found.candidates


async def _put(talk: Talk, products: Sequence[Product], quantity: int) -> AsyncIterator[Step]:
    added = False
    for product in products:
        acted = Acted()
        async for step in act(talk, acted, "add_to_cart", product_id=product.product_id, quantity=quantity):
            yield step
        if acted.error:
            text = acted.error.text
        else:
            held = acted.result.content.get("quantity", quantity) if acted.result else quantity
            pieces = f"{quantity} of " if quantity > 1 else ""
            text = f"I put {pieces}{product.title} into your cart."
            text += f" It holds {held} of it now." if held != quantity else ""
            talk.dialogue.talk_about(product.product_id)
            added = True
        for said in speak(f"{text} " if product is not products[-1] else text):
            yield said
    if added:
        talk.dialogue.misses = 0
        yield Show(CartPart())  # it brings its own buttons: look, and go to the checkout


async def _set(talk: Talk, product: Product, quantity: int) -> AsyncIterator[Step]:
    acted = Acted()
    async for step in act(talk, acted, "update_cart", product_id=product.product_id, quantity=quantity):
        yield step
    if acted.error:
        for said in speak(acted.error.text):
            yield said
        return
    talk.dialogue.talk_about(product.product_id)
    text = (
        f"Your cart now holds {quantity} of {product.title}."
        if quantity
        else f"I removed {product.title} from your cart."
    )
    if not quantity:
        text = f"I removed {product.title} from your cart."
    for said in speak(text):
        yield said
    yield Show(CartPart())


async def _which(
    talk: Talk, candidates: Sequence[Product], pending: Any, quantity: int | None
) -> AsyncIterator[Step]:
    if not candidates:
        for said in speak("Your cart is empty." if pending != "add" else "Which product do you mean?"):
            yield said
        return
    talk.dialogue.stop_waiting()
    talk.dialogue.awaiting, talk.dialogue.pending = "which_product", pending
    talk.dialogue.pending_quantity = quantity
    for said in speak("Which one do you mean?"):
        yield said
    yield offer(*[(product.title, product.title) for product in candidates[:_ASKED_AT_ONCE]])


async def _not_clear(
    talk: Talk, meant: Sequence[Product], held: Sequence[Product], pending: Any, quantity: int | None
) -> AsyncIterator[Step]:
    """Several things in the cart may be meant, or something is named that is not in it."""
    if not meant and held and describes(talk.text):
        for said in speak("I don't see that in your cart.", "This is:"):
            yield said
        yield Show(CartPart())
        return
    async for step in _which(talk, meant or held, pending, quantity):
        yield step


async def _show_cart(talk: Talk, text: str) -> AsyncIterator[Step]:
    acted = Acted()
    async for step in act(talk, acted, "view_cart"):
        yield step
    if acted.result is None:
        for said in speak(acted.error.text if acted.error else ""):
            yield said
        yield offer(PERSON)
        return
    ids = [line["product_id"] for line in acted.result.content["lines"]]
    if not ids:
        for said in speak("Your cart is empty.", "Tell me what you are looking for."):
            yield said
        return
    for said in speak(text):
        yield said
    yield Show(CartPart())
    # From here on "the first one" counts in the cart.
    talk.dialogue.showed(ids)


async def _cart(talk: Talk) -> tuple[list[Product], dict[str, int]]:
    """The products in the cart, and how many of each. Raises ToolError."""
    content = (await talk.call("view_cart")).content
    lines = {str(line["product_id"]): int(line["quantity"]) for line in content["lines"]}
    return await talk.products(list(lines)), lines


async def _in_talk(talk: Talk, held: Sequence[Product]) -> list[Product]:
    """The products that the text means, when it is about the cart: one that lies in it is meant first."""
    shown, subject = await talk.on_screen()
    if subject is None and len(held) == 1:
        subject = held[0]
    found = resolve(talk.text, shown=shown, subject=subject, cart=held)
    inside = [product for product in found.candidates if product in held]
    return found.products or inside


def _wish(text: str) -> str:
    """What is to be added, without the words about adding."""
    text = re.sub(r"^(please |can you |could you |can i |let's |ok |okay |yes |also |and |now |then )*", "", text)
    text = re.sub(r"^(add|put|take|get|buy|order|i'll (take|have|buy)|i want( to buy)?|i'd like)\b", "", text)
    text = re.sub(r"\b(to|into|in|on) (my |the )?(cart|basket|bag)\b", "", text)
    text = re.sub(r"^\s*(an?|the|some|one|two|three|\d+)\b", "", text)
    text = re.sub(r"\b(please|for me|too|as well)\b", "", text).strip()
    return text if cues.thing_named(text) else ""

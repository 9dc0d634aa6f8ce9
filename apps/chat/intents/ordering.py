"""Following an order: its number, then the email address that it was placed with; both must belong together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from apps.chat.intents.classifier import EMAIL, NUMBER
from apps.chat.intents.talk import PERSON, Acted, Talk, act, offer, speak
from apps.chat.steps import Show, Step

_TRIES = 3


async def status(talk: Talk) -> AsyncIterator[Step]:
    dialogue = talk.dialogue
    asked_for = dialogue.awaiting
    email, number = slots(talk.turn.text, asked=asked_for == "order_number")
    number = number or dialogue.order_number
    dialogue.awaiting, dialogue.order_number = None, number
    if not number:
        dialogue.awaiting = "order_number"
        for said in speak(
            "I can look that up." if asked_for is None else "I need a number to find it.",
            "What is your order number?",
        ):
            yield said
    elif not email:
        dialogue.awaiting = "order_email"
        if asked_for == "order_email" and "@" in talk.turn.text:
            for said in speak("That doesn't look like a whole email address.", "Which one did you order with?"):
                yield said
        else:
            for said in speak(f"Thanks. Which email address was order {number} placed with?"):
                yield said
    else:
        async for step in _look_up(talk, number, email):
            yield step


async def unknown(talk: Talk) -> AsyncIterator[Step]:
    """The shopper does not know the number or the address."""
    missing = "order number" if talk.dialogue.awaiting == "order_number" else "email address"
    talk.dialogue.stop_waiting()
    for said in speak(
        f"Without the {missing} I can't show an order: it might be somebody else's.",
        "Both are in the confirmation that came by email." if missing == "order number" else "",
        "A person from the store can help you to find it.",
    ):
        yield said
    yield offer(PERSON)


async def _look_up(talk: Talk, number: str, email: str) -> AsyncIterator[Step]:
    acted = Acted()
    async for step in act(talk, acted, "get_order_status", number=number, email=email):
        yield step
    if acted.result is not None:
        talk.dialogue.stop_waiting()
        talk.dialogue.misses = 0
        for said in speak(*_summary(acted.result.content)):
            yield said
        for part in acted.result.parts:
            yield Show(part)
        return
    code = acted.error.code if acted.error else ""
    if code not in ("not_found", "bad_arguments"):
        talk.dialogue.stop_waiting()
        for said in speak(
            "I can't reach the order system right now.", "Please try again in a moment, or ask a person."
        ):
            yield said
        yield offer(("Try again", f"Where is my order {number}? {email}"), PERSON)
        return
    talk.dialogue.order_tries += 1
    if talk.dialogue.order_tries >= _TRIES:
        talk.dialogue.stop_waiting()
        for said in speak(
            "I still find no order with that number and email address.", "A person from the store can look for it."
        ):
            yield said
        yield offer(PERSON)
        return
    # Which of the two is wrong is not told: it would tell strangers which orders exist.
    talk.dialogue.awaiting = "order_email"
    for said in speak(
        f"I find no order {number} with that email address.",
        "Check both, and send me the right address, or another order number.",
    ):
        yield said
    yield offer(PERSON)


def slots(text: str, *, asked: bool) -> tuple[str, str]:
    """The email address and the order number in a text as typed; "" where there is none.

    A number counts when it has three characters or follows a "#"; when a number was asked for, any counts.
    """
    found = EMAIL.search(text)
    email = found[0].strip(".") if found else ""
    rest = EMAIL.sub(" ", text)
    numbers: list[str] = NUMBER.findall(rest)
    likely = [number for number in numbers if asked or number.startswith("#") or len(number) >= 3]
    return email, (likely[0].lstrip("#") if likely else "")


def _summary(order: dict[str, object]) -> list[str]:
    state = str(order.get("status") or "").replace("_", " ").lower()
    sentences = [f"Order {order['number']} is {state}." if state else f"Here is order {order['number']}."]
    placed = str(order.get("placed_at") or "")
    if placed:
        day = datetime.fromisoformat(placed)
        sentences.append(f"It was placed on {day:%B} {day.day}, {day.year}.")
    if order.get("tracking"):
        sentences.append(f"Its tracking number is {order['tracking']}.")
    return sentences

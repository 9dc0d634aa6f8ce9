"""Why a person was asked for, read off the conversation: no language model, so nothing in it is invented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from apps.chat.models import ChatSession, Message

MAX_LINES = 5
MAX_PRODUCTS = 6
LINE_LENGTH = 200


class Summary(BaseModel):
    """Stored with the escalation; products by id, their cards come from the index when it is shown."""

    headline: str = ""  # the reason that was given
    facts: str = ""  # how long the talk was: "3 messages, 2 products shown"
    asked: list[str] = []  # what the shopper wrote last, oldest first
    unanswered: list[str] = []  # what the assistant had no answer to
    product_ids: list[str] = []  # shown in the conversation, the latest first
    orders: list[str] = []  # order numbers that were looked up


def summarise(*, session: ChatSession, reason: str) -> Summary:
    """Read the session's messages; `reason` is what the shopper or the assistant gave, may be empty."""
    messages = list(session.messages.order_by("seq"))
    said = [message.text for message in messages if message.author == Message.Author.SHOPPER]
    # The line that asked for a person is the reason already.
    asked = [_line(text) for text in said if _plain(text) != _plain(reason)]
    shown = _product_ids(messages)
    return Summary(
        headline=reason.strip() or "Asked for a person",
        facts=_facts(len(said), len(shown)),
        asked=asked[-MAX_LINES:],
        unanswered=_unanswered(messages)[-MAX_LINES:],
        product_ids=shown[:MAX_PRODUCTS],
        orders=_orders(messages),
    )


def _facts(questions: int, products: int) -> str:
    said = f"{questions} message{'' if questions == 1 else 's'}"
    return f"{said}, {products} product{'' if products == 1 else 's'} shown" if products else said


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".!?")


def _line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LINE_LENGTH else f"{text[: LINE_LENGTH - 1].rstrip()}…"


def _product_ids(messages: Sequence[Message]) -> list[str]:
    found: dict[str, None] = {}
    for message in reversed(messages):
        for part in _parts(message, "products"):
            found.update(dict.fromkeys(part.get("product_ids", [])))
    return list(found)


def _orders(messages: Sequence[Message]) -> list[str]:
    return list(dict.fromkeys(str(part["number"]) for message in messages for part in _parts(message, "order")))


def _unanswered(messages: Sequence[Message]) -> list[str]:
    """Shopper's lines to which the assistant found nothing, had nothing to say, or did not finish its answer."""
    missed = {
        message.turn for message in messages if message.author == Message.Author.ASSISTANT and _missed(message)
    }
    return [
        _line(message.text)
        for message in messages
        if message.author == Message.Author.SHOPPER and message.turn is not None and message.turn in missed
    ]


def _missed(message: Message) -> bool:
    """Read off the record that the turn left with its answer; see apps.chat.intents and apps.chat.turn."""
    record = message.record
    intent = record.get("intent") or {}
    return bool(
        not message.complete
        or record.get("no_hits")
        or record.get("error")
        or intent.get("name") == "out_of_scope"
    )


def _parts(message: Message, kind: str) -> list[dict[str, Any]]:
    return [part for part in message.parts if part.get("type") == kind]

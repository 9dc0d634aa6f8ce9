"""Writing and reading the lines of a conversation."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from apps.accounts.models import User
from apps.chat.models import ChatSession, Message
from apps.chat.parts import PARTS, NoticePart, Part, ProductsPart, TextPart


def append(
    *,
    session: ChatSession,
    author: Message.Author,
    text: str,
    parts: Sequence[Part] | None = None,
    turn: uuid.UUID | None = None,
    client_id: str | None = None,
    agent: User | None = None,
    complete: bool = True,
    record: dict[str, Any] | None = None,
    also: Iterable[str] = (),
    message_id: uuid.UUID | None = None,
) -> Message:
    """Add a line at the end of `session`, which the caller has locked in its transaction (`sessions.locked`).

    `parts` defaults to the text alone. `also` names changed fields of the session, saved in the same statement.
    `message_id` lets the caller find the line again.
    """
    session.last_seq += 1
    session.save(update_fields=["last_seq", "updated_at", *also])
    return Message.objects.create(
        id=message_id or uuid.uuid4(),
        session=session,
        seq=session.last_seq,
        author=author,
        text=text,
        parts=to_stored(parts if parts is not None else [TextPart(text=text)]),
        turn=turn,
        client_id=client_id,
        agent=agent,
        complete=complete,
        record=record or {},
    )


def append_notice(*, session: ChatSession, code: str, text: str, also: Iterable[str] = ()) -> Message:
    """Add a line that says what happened to the conversation."""
    return append(
        session=session,
        author=Message.Author.SYSTEM,
        text=text,
        parts=[NoticePart(code=code, text=text)],
        also=also,
    )


def to_stored(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Parts as they are kept: products by id and the cart by mention; both are filled when they are shown."""
    bare: list[Part] = []
    for part in parts:
        if part.type == "products":
            bare.append(part.model_copy(update={"items": []}))
        elif part.type == "cart":
            bare.append(part.model_copy(update={"cart": None}))
        else:
            bare.append(part)
    return [part.model_dump(mode="json") for part in bare]


def parts_of(message: Message) -> list[Part]:
    return PARTS.validate_python(message.parts)


def product_ids_of(parts: Sequence[Part]) -> list[str]:
    """Ids of the products that `parts` show, in order, each once."""
    shown = (product_id for part in parts if isinstance(part, ProductsPart) for product_id in part.product_ids)
    return list(dict.fromkeys(shown))


def after(*, session_id: uuid.UUID, seq: int, limit: int = 200) -> list[Message]:
    """The newest `limit` lines that come after `seq`, oldest first."""
    newest = (
        Message.objects.filter(session_id=session_id, seq__gt=seq).select_related("agent").order_by("-seq")[:limit]
    )
    return list(reversed(newest))

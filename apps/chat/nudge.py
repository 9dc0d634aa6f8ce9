"""Telling the open pages of a conversation, in every process, that there is something new to read.

Three groups: `chat.<session>` hears `session.changed` (new messages, owner, mode, place in the queue),
`cart.<visitor>` hears `cart.changed`, `typing.<session>` hears `shopper.typing` and `agent.typing`.
"""

from __future__ import annotations

import uuid
from functools import partial

from django.db import transaction

from apps.accounts.live import broadcast

TURNS = "turns"  # every process's watch listens: somebody wants answers to be stopped

Id = uuid.UUID | str

# Names this process. Pages served by it get the turn loop's messages from the hub and skip its nudges.
PROCESS = uuid.uuid4().hex


def chat_group(session_id: Id) -> str:
    return f"chat.{session_id}"


def cart_group(visitor: Id) -> str:
    return f"cart.{visitor}"


def typing_group(session_id: Id) -> str:
    return f"typing.{session_id}"


def session_changed(*, session_id: Id, by: str = "") -> None:
    """After the commit: open pages read what is new. `by`: the process whose hub already tells its own pages."""
    message = {"type": "session.changed", "by": by}
    transaction.on_commit(partial(broadcast, group=chat_group(session_id), message=message))


def cart_changed(*, visitor: Id) -> None:
    """After the commit: open pages of this visitor read the cart."""
    transaction.on_commit(partial(broadcast, group=cart_group(visitor), message={"type": "cart.changed"}))


def answers_to_stop() -> None:
    broadcast(group=TURNS, message={"type": "turns.stop"})


def shopper_typing(*, session_id: Id) -> None:
    broadcast(group=typing_group(session_id), message={"type": "shopper.typing"})


def agent_typing(*, session_id: Id, name: str) -> None:
    broadcast(group=typing_group(session_id), message={"type": "agent.typing", "agent": name})

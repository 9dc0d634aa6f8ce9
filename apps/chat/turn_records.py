"""What the steps of a turn hand on: a message accepted, a turn opened, an answer stored."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from apps.catalog.engine.queries import SearchQuery
from apps.chat.events import MessageFrame
from apps.chat.steps import TurnContext


class TurnError(Exception):
    """A message is not accepted. `code`: `conflict`, `nothing_to_retry`, `busy`; `retry`: it may be later."""

    def __init__(self, code: str, text: str, *, retry: bool = False) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.retry = retry


@dataclass(frozen=True)
class Accepted:
    """The shopper's message as it stands in the database.

    `again`: it was there before. `retry`: the shopper wants another answer than the incomplete one that is there,
    which a message that merely arrives twice does not. `elsewhere`: another process answers it. `photo`: what a
    photo that came with it found.
    """

    message_id: uuid.UUID
    turn_id: uuid.UUID
    seq: int
    text: str
    again: bool
    frame: MessageFrame
    photo: SearchQuery | None = None
    retry: bool = False
    elsewhere: bool = False


@dataclass(frozen=True)
class Opening:
    """A turn that the assistant may answer, at this version of the owner.

    `last_seq`: the session's newest line then. `stop_until`: messages up to this seq are not wanted any more.
    `hopeless`: it was tried too often. `answer_id` will be its message's id.
    """

    context: TurnContext
    accepted: Accepted
    owner_version: int
    last_seq: int
    stop_until: int
    hopeless: bool
    answer_id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Committed:
    """A stored answer. `more`: the session waits for further answers of this process."""

    frame: MessageFrame
    more: bool

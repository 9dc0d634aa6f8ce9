"""What an answer is made of, and what an answerer is given: the seam between the turn loop and the assistants.

An answerer (intent mode, llm mode) is an async generator over a `TurnContext`. It yields steps; the turn loop
streams them, keeps what was said, and commits the message. An answerer writes nothing to the database itself:
whatever changes the world goes through `turn.tools`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from apps.catalog.engine.queries import SearchQuery
from apps.chat.dialogue import Dialogue
from apps.chat.events import ModeName
from apps.chat.llm.base import LLMConfig
from apps.chat.parts import Part

if TYPE_CHECKING:
    from apps.chat.tools.base import ToolEngine

AuthorName = Literal["shopper", "assistant", "agent", "system"]


@dataclass(frozen=True)
class Say:
    """A piece of text, streamed to the shopper at once. Pieces are joined as they are: bring your own spaces."""

    text: str


@dataclass(frozen=True)
class Show:
    """A part of the message that is not running text: products by id, the cart, choices, an order ..."""

    part: Part


@dataclass(frozen=True)
class ToolStep:
    """A tool began or ended. The answerer yields it around `turn.tools.call`; the shopper sees work going on."""

    name: str
    state: Literal["started", "done", "failed"]


Step = Say | Show | ToolStep
Answer = AsyncIterator[Step]


@dataclass(frozen=True)
class Line:
    """An earlier message. `name` is the agent's name, else empty; `product_ids` in the order they were shown."""

    author: AuthorName
    name: str
    text: str
    product_ids: list[str] = field(default_factory=list)


@dataclass
class TurnContext:
    """Everything that an answerer may know about the turn.

    `history` ends before this turn's message. `dialogue` is kept with the session when the answer is committed,
    and forgotten when it is discarded. Whatever lands in `record` is kept with the message, and must be JSON.
    `photo`: what the shopper's photo found, and the limits that were said with it.
    """

    store_id: str
    store_name: str
    session_id: str
    visitor: str
    turn_id: str
    text: str
    mode: ModeName
    history: list[Line]
    dialogue: Dialogue
    tools: ToolEngine
    record: dict[str, Any] = field(default_factory=dict)
    llm: LLMConfig | None = None
    photo: SearchQuery | None = None

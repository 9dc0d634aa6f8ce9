"""The frames of the desk's socket, /ws/desk/. Rows and lines come as HTML from the page's own templates.

What changes something (take over, reply, hand back) is a POST to the admin, not a frame: it works without the
socket, and it is answered once. The socket tells what happened.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

MAX_FRAME_BYTES = 4096


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid")


# --- page -> server -----------------------------------------------------------------------------------------
class WatchQueue(_Frame):
    """Send the queue now, and again whenever it changes."""

    type: Literal["queue.watch"]


class WatchConversation(_Frame):
    """Send the conversation's lines after seq `after`, and what follows."""

    type: Literal["conversation.watch"]
    escalation: UUID
    after: Annotated[int, Field(ge=0)] = 0


class AgentTypes(_Frame):
    """The person is writing; the page sends it at most every 3 seconds."""

    type: Literal["typing"]


class Ping(_Frame):
    """The page is open and its person is there: also the beat of their presence."""

    type: Literal["ping"]


ClientFrame = Annotated[WatchQueue | WatchConversation | AgentTypes | Ping, Field(discriminator="type")]
CLIENT_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)


# --- server -> page -----------------------------------------------------------------------------------------
class Ready(_Frame):
    """First frame. `beat_s`: how often the page must `ping` to count as present."""

    type: Literal["ready"] = "ready"
    beat_s: int
    waiting: int


class Badge(_Frame):
    """How many wait, for the number beside "Queue" on every page."""

    type: Literal["badge"] = "badge"
    waiting: int


class Queue(_Frame):
    type: Literal["queue"] = "queue"
    html: str


class Conversation(_Frame):
    """Who has the watched conversation, and the panel beside it."""

    type: Literal["conversation"] = "conversation"
    state: Literal["waiting", "active", "closed"]
    mine: bool
    agent: str
    agent_id: int | None
    status: str
    panel: str


class Lines(_Frame):
    """New lines of the watched conversation, oldest first; `seq` is the last one's."""

    type: Literal["lines"] = "lines"
    html: str
    seq: int


class ShopperTypes(_Frame):
    type: Literal["typing"] = "typing"


class Reminded(_Frame):
    """Somebody still waits; `text` is for people, `href` leads to the conversation."""

    type: Literal["reminded"] = "reminded"
    text: str
    href: str


class LiveUpdates(_Frame):
    """Whether news of other processes come late just now, and what to tell the person about it."""

    type: Literal["live"] = "live"
    delayed: bool
    text: str = ""


class ErrorFrame(_Frame):
    type: Literal["error"] = "error"
    code: str
    text: str


class Pong(_Frame):
    type: Literal["pong"] = "pong"


ServerFrame = (
    Ready | Badge | Queue | Conversation | Lines | ShopperTypes | Reminded | LiveUpdates | ErrorFrame | Pong
)

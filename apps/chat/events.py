"""The wire frames of the chat: one closed pydantic type per frame, mirrored by widget/src/protocol.ts.

The server forbids unknown fields and frame types; the client ignores them, so a new server serves an old widget.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from apps.chat.parts import Cart, Part

PROTOCOL_VERSION = 1
MAX_TEXT = 4000
MAX_FRAME_BYTES = 32_768


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid")


Id = Annotated[str, Field(min_length=1, max_length=64)]
OwnerName = Literal["assistant", "queue", "agent"]
ModeName = Literal["llm", "intent"]


# --- client -> server ---------------------------------------------------------------------------------------
class Page(_Frame):
    url: Annotated[str, Field(max_length=2000)] = ""
    title: Annotated[str, Field(max_length=300)] = ""


class Hello(_Frame):
    """First frame. Without `token` a new session begins; `after` is the last seq that the client has seen."""

    type: Literal["hello"]
    v: int
    token: Annotated[str, Field(max_length=500)] | None = None
    after: Annotated[int, Field(ge=0)] = 0
    page: Page | None = None


class SessionNew(_Frame):
    """Begin a new conversation of the same visitor; answered by `ready` with a new token. The cart stays."""

    type: Literal["session.new"]


class MessageSend(_Frame):
    """`photo`: what the upload of a photo was answered with (`POST .../photo`); with one, `text` may be empty."""

    type: Literal["message.send"]
    id: Id
    text: str
    photo: Annotated[str, Field(max_length=16_000)] | None = None


class MessageStop(_Frame):
    type: Literal["message.stop"]


class MessageRetry(_Frame):
    """Answer the shopper's message of `turn` again, after an incomplete answer."""

    type: Literal["message.retry"]
    turn: Id


class ModeSet(_Frame):
    type: Literal["mode.set"]
    mode: ModeName


class CartUpdate(_Frame):
    """Set the quantity of a product; 0 removes it. Answered by `cart` (or `error`) with the same id."""

    type: Literal["cart.update"]
    id: Id
    product: Annotated[str, Field(min_length=1, max_length=200)]
    quantity: Annotated[int, Field(ge=0, le=999)]


class HandoffRequest(_Frame):
    type: Literal["handoff.request"]
    reason: Annotated[str, Field(max_length=300)] = ""


class HandoffLeave(_Frame):
    type: Literal["handoff.leave"]


class Typing(_Frame):
    type: Literal["typing"]


class Ping(_Frame):
    type: Literal["ping"]


ClientFrame = Annotated[
    Hello
    | SessionNew
    | MessageSend
    | MessageStop
    | MessageRetry
    | ModeSet
    | CartUpdate
    | HandoffRequest
    | HandoffLeave
    | Typing
    | Ping,
    Field(discriminator="type"),
]
CLIENT_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)


# --- server -> client ---------------------------------------------------------------------------------------
class Config(_Frame):
    """`photos`: a shopper's photo can find something here."""

    store: str
    greeting: str
    accent: str
    currency: str
    suggestions: list[str] = []
    llm_available: bool = False
    photos: bool = False


class Ready(_Frame):
    type: Literal["ready"] = "ready"
    v: int = PROTOCOL_VERSION
    session: str
    token: str
    owner: OwnerName
    mode: ModeName
    seq: int
    cart: Cart
    config: Config
    agent: str | None = None
    position: int | None = None
    turn: str | None = None  # a turn that is being answered right now; its deltas follow


class MessageAccepted(_Frame):
    """The shopper's message is committed."""

    type: Literal["message.accepted"] = "message.accepted"
    id: str
    seq: int
    turn: str


class MessageDelta(_Frame):
    type: Literal["message.delta"] = "message.delta"
    turn: str
    text: str


class TurnEnd(_Frame):
    """`discarded` withdraws the streamed text: a person took over in mid-answer."""

    type: Literal["turn.end"] = "turn.end"
    turn: str
    state: Literal["complete", "incomplete", "discarded"]
    message_id: str | None = None


class Author(_Frame):
    kind: Literal["shopper", "assistant", "agent", "system"]
    name: str = ""


class MessageFrame(_Frame):
    type: Literal["message"] = "message"
    seq: int
    id: str
    turn: str | None = None
    client_id: str | None = None
    author: Author
    parts: list[Part]
    complete: bool = True
    at: str


class ToolState(_Frame):
    type: Literal["tool"] = "tool"
    turn: str
    name: str
    state: Literal["started", "done", "failed"]


class CartFrame(_Frame):
    type: Literal["cart"] = "cart"
    id: str | None = None
    cart: Cart


class OwnerFrame(_Frame):
    """Who answers now. In the queue: `position` (1 is next) and whether anybody is `online`."""

    type: Literal["owner"] = "owner"
    owner: OwnerName
    agent: str | None = None
    position: int | None = None
    online: bool | None = None


class ModeFrame(_Frame):
    type: Literal["mode"] = "mode"
    mode: ModeName


class AgentTyping(_Frame):
    type: Literal["typing"] = "typing"
    agent: str


class Notice(_Frame):
    """`stays`: until a `notice.end` of the same code, or the end of the connection."""

    type: Literal["notice"] = "notice"
    code: str
    text: str
    stays: bool = False


class NoticeEnd(_Frame):
    type: Literal["notice.end"] = "notice.end"
    code: str


class ErrorFrame(_Frame):
    """`code` is for programs, `text` for people; `retry`: the same frame may succeed later; `id`: whose frame."""

    type: Literal["error"] = "error"
    code: str
    text: str
    retry: bool = False
    id: str | None = None


class Drain(_Frame):
    """This server stops in `after_ms`: connect again before that, when no answer is running."""

    type: Literal["drain"] = "drain"
    after_ms: int


class Pong(_Frame):
    type: Literal["pong"] = "pong"


ServerFrame = Annotated[
    Ready
    | MessageAccepted
    | MessageDelta
    | TurnEnd
    | MessageFrame
    | ToolState
    | CartFrame
    | OwnerFrame
    | ModeFrame
    | AgentTyping
    | Notice
    | NoticeEnd
    | ErrorFrame
    | Drain
    | Pong,
    Field(discriminator="type"),
]
SERVER_FRAME: TypeAdapter[ServerFrame] = TypeAdapter(ServerFrame)

"""A language model as the chat sees it: a request goes in, a stream of events comes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class LLMConfig:
    """Where a store's model answers. `base_url` ends before `/chat/completions`, e.g. http://localhost:11434/v1."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class ToolCall:
    """The model asks for a tool. `arguments` is JSON as the model wrote it: it may be invalid."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class LLMMessage:
    """One line of the conversation as the model reads it; `tool_call_id` names the call that a result answers."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True)
class LLMRequest:
    """`tools`: JSON schemas, `{"name", "description", "parameters"}` each; none: the model may only speak."""

    messages: Sequence[LLMMessage]
    tools: Sequence[dict[str, Any]] = ()
    temperature: float | None = None


@dataclass(frozen=True)
class TextDelta:
    text: str


@dataclass(frozen=True)
class Usage:
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Finish:
    """The last event of a whole answer. `reason` is the vendor's: "stop", "tool_calls", "length"."""

    reason: str


LLMEvent = TextDelta | ToolCall | Usage | Finish


@dataclass(frozen=True)
class Check:
    """A model answered: how it is called there, and after how many milliseconds its first word came."""

    model: str
    first_word_ms: float


class BaseLLMProvider(ABC):
    """One vendor's protocol. Streaming is the interface; plain text is the join of its deltas."""

    @abstractmethod
    def stream(self, request: LLMRequest) -> AsyncGenerator[LLMEvent, None]:
        """Events as they arrive; `Finish` comes exactly once, after everything else but `Usage`.

        Raises LLMError. Whoever stops reading must `aclose()` the stream (or be cancelled): that closes the
        connection, so that the vendor stops generating.
        """

    @abstractmethod
    async def check(self) -> Check:
        """Ask the model for one word. Raises LLMError with words for the merchant."""

"""A provider without a model behind it, for tests of whatever uses a provider."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from apps.chat.llm.base import BaseLLMProvider, Check, LLMEvent, LLMRequest
from apps.chat.llm.errors import LLMBadAnswerError, LLMError


class FakeProvider(BaseLLMProvider):
    """Answers with what was enqueued, one answer per request, and remembers the requests."""

    def __init__(self) -> None:
        self.requests: list[LLMRequest] = []
        self._answers: list[Sequence[LLMEvent | LLMError]] = []

    def enqueue(self, *events: LLMEvent | LLMError) -> None:
        """The next unused request gets these events; an LLMError among them is raised at its place."""
        self._answers.append(events)

    async def stream(self, request: LLMRequest) -> AsyncGenerator[LLMEvent, None]:
        self.requests.append(request)
        if not self._answers:
            raise LLMBadAnswerError("bad_answer", "Nothing was enqueued for this request.")
        for event in self._answers.pop(0):
            if isinstance(event, LLMError):
                raise event
            yield event

    async def check(self) -> Check:
        return Check("fake", 0.0)

"""What an answer has said so far, becoming a message."""

from __future__ import annotations

from apps.chat.parts import Part, TextPart
from apps.chat.steps import Say, Show, Step


class Draft:
    """Collects steps. Neighbouring pieces of text become one part; other parts keep their place between them."""

    def __init__(self) -> None:
        self._parts: list[Part | list[str]] = []

    def add(self, step: Step) -> None:
        if isinstance(step, Say):
            if self._parts and isinstance(self._parts[-1], list):
                self._parts[-1].append(step.text)
            else:
                self._parts.append([step.text])
        elif isinstance(step, Show):
            self._parts.append(step.part)

    @property
    def parts(self) -> list[Part]:
        found: list[Part] = []
        for part in self._parts:
            if not isinstance(part, list):
                found.append(part)
            elif text := "".join(part).strip():
                found.append(TextPart(text=text))
        return found

    @property
    def streamed(self) -> str:
        """All text so far, exactly as it was streamed."""
        return "".join(piece for part in self._parts if isinstance(part, list) for piece in part)

    @property
    def text(self) -> str:
        """All that is said, as plain text for the transcript and for the history."""
        return "\n".join(part.text for part in self.parts if isinstance(part, TextPart))

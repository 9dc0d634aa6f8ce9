"""The shop intents: what shoppers want, how they say it, and what is answered. Data in data/intents.json.

Adding an intent is one entry there: patterns (regular expressions over normalised words, tried in the order of
the file), examples (matched by meaning), responses ({store} is the store's name) and quick replies. Intents that
act have a handler in `apps.chat.intents.answer` instead of responses.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from apps.chat.parts import Choice

_DATA = Path(__file__).parent / "data" / "intents.json"


class Intent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    intent: str
    patterns: list[str]
    examples: list[str]
    responses: list[str] = []
    choices: list[Choice] = []

    @cached_property
    def _compiled(self) -> list[re.Pattern[str]]:
        return [re.compile(pattern) for pattern in self.patterns]

    def matches(self, text: str) -> bool:
        """Whether a pattern finds itself in the normalised `text`."""
        return any(pattern.search(text) for pattern in self._compiled)

    def response(self, *, store: str, seed: str) -> str:
        """One of the responses: the same for the same seed, so that a retried turn says the same."""
        return self.responses[sum(seed.encode()) % len(self.responses)].replace("{store}", store)


@lru_cache(maxsize=1)
def library() -> dict[str, Intent]:
    """Every intent by name, in the order in which rules are tried."""
    intents = TypeAdapter(list[Intent]).validate_json(_DATA.read_bytes())
    return {intent.intent: intent for intent in intents}


def examples() -> dict[str, list[str]]:
    """What the intent index learns from."""
    return {name: intent.examples for name, intent in library().items()}


def by_rule(text: str) -> str | None:
    """The first intent whose pattern matches the normalised `text`."""
    return next((name for name, intent in library().items() if intent.matches(text)), None)

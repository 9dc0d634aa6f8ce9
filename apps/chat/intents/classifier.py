"""What a shopper wants: rules first, then the meaning of the words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from apps.catalog.engine.queries import IntentMatch
from apps.chat.dialogue import Dialogue
from apps.chat.intents import cues
from apps.chat.intents.library import by_rule

# Cosines of MiniLM between a sentence and an example. Below it the words are taken as a search, which has a floor
# of its own. Tuned on the development parts of the shared intent sets, see tests/test_classifier.py.
NEAR = 0.55
NEAR_OUT_OF_SCOPE = 0.45
# Where a word of service is said ("refund", "account"), a nearer look is worth an embedding, and less is enough.
NEAR_SERVICE = 0.38

How = Literal["state", "rule", "cue", "meaning", "default"]
Match = Callable[[str], Sequence[IntentMatch]]

EMAIL = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.[^\s@<>(),;:.]+")
NUMBER = re.compile(r"#?(?<![\w@.-])(?=[\w-]*\d)#?[a-z0-9][\w/-]*", re.IGNORECASE)

_NOT_KNOWN = re.compile(r"\b(don't|do not|can't|cannot|no longer) (know|have|find|remember)\b|\blost\b")


@dataclass(frozen=True)
class Understanding:
    """`score` is 1.0 for everything but meaning, where it is the cosine."""

    intent: str
    how: How
    score: float = 1.0


class IntentClassifier:
    """`match` finds near examples; it costs an embedding, so it is asked only when rules and cues are silent."""

    def __init__(self, match: Match) -> None:
        self._match = match

    async def understand(self, *, text: str, raw: str, dialogue: Dialogue, named_limits: bool) -> Understanding:
        """`text` is normalised, `raw` as typed. `named_limits`: the text sets a price or names a category."""
        if cues.taken_back(text):
            return Understanding("limit_taken_back", "cue")
        if cues.exactly(text):
            return Understanding("exact_search", "cue")
        answered = _answer_to_question(text, raw, dialogue)
        if answered:
            return Understanding(answered, "state")
        ruled = by_rule(text)
        if ruled and not (ruled in ("acknowledge", "help") and dialogue.awaiting == "which_product"):
            return Understanding(ruled, "rule")
        if dialogue.last_products and cues.about_product(text):
            return Understanding("product_info", "cue")
        if dialogue.last_query is not None and cues.refinement(text):
            return Understanding("refine", "cue")
        service = cues.service(text)
        if not service and (named_limits or cues.clear_search(text)):
            return Understanding("product_search", "cue")
        return await self._by_meaning(text, service=service)

    async def _by_meaning(self, text: str, *, service: bool) -> Understanding:
        matches = await asyncio.to_thread(self._match, text)
        if not matches:
            return Understanding("product_search", "default")
        best = matches[0]
        floor = NEAR_OUT_OF_SCOPE if best.intent == "out_of_scope" else NEAR
        floor = NEAR_SERVICE if service else floor
        if best.score >= floor:
            return Understanding(best.intent, "meaning", round(best.score, 3))
        return Understanding("product_search", "default", round(best.score, 3))


def _answer_to_question(text: str, raw: str, dialogue: Dialogue) -> str | None:
    """The intent that goes on when the text answers what the assistant asked; None when the shopper moved on."""
    match dialogue.awaiting:
        case "order_number" if NUMBER.search(EMAIL.sub(" ", raw)) and len(raw.split()) <= 12:
            return "order_status"
        case "order_email" if EMAIL.search(raw) or (NUMBER.search(raw) and len(raw.split()) <= 6):
            return "order_status"
        case "order_number" | "order_email" if re.search(
            r"\b(don't|do not|can't|cannot) (know|have|find|remember)\b|\blost\b", text
        ):
            return "order_unknown"
        case "order_email" if re.search(r"\b(at|@)\b.*\b(dot|com|org|net)\b|@", text):
            return "order_status"
        case "handoff_answer" if cues.positive(text):
            return "human"
        case "which_product" if not by_rule(text):
            return "which_product"
    return None

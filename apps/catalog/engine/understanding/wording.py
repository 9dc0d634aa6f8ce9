"""What people say around the thing they ask for, which is no part of it."""

from __future__ import annotations

import re

_FLAGS = re.IGNORECASE
# What a sentence opens with before it comes to the thing: "Hi, could you please show me some".
OPENING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|please|ok|okay|so|and|um|well|thanks)\b[\s,!.]*)*"
    r"(?:(?:can|could|would|will) you\s+|i(?:'d| would)? like\s+(?:to\s+)?|i(?:'m| am)\s+"
    r"|do you\s+|are there\s+|is there\s+|have you\s+|i\s+)?"
    r"(?:(?:also\s+)?(?:looking|searching|shopping|hunting)\s+for"
    r"|(?:please\s+)?(?:show|find|get|give|recommend|suggest|bring)(?:\s+(?:me|us))?"
    r"|want(?:\s+to\s+(?:buy|get|see|find|order))?"
    r"|need|have|sell|carry|stock|got|buy|see|search\s+for|after)?\b\s*"
    r"(?:(?:a|an|any|some|the|me|us)\b\s*)*",
    _FLAGS,
)
_CLOSING = re.compile(
    r"(?:[\s,.;:!?]|\b(?:please|thanks|thank you|for|with|and|or|at|by|in|of|that|which|is|are|but|the|a|from|made"
    r"|it|its|to be|should be|must be)\b)+$",
    _FLAGS,
)
_DANGLING = re.compile(r"^(?:[\s,.;:!?]|\b(?:and|or|but|in|with|of|from|by|that|which|is|are)\b)+", _FLAGS)
_DOUBLED = re.compile(r"\b(?:and|or|but|in|with|,)\s+(?=(?:and|or|but|for|with|under|,|\.)\b)", _FLAGS)
# Beside limits these say nothing more: "HP stuff in black", "the 17 inch models".
_FILLER = re.compile(
    r"\b(?:colou?r(?:ed|s)?|brand(?:ed|s)?|manufactur(?:er|ed)|maker|pric(?:e|ed|es|ing)|costs?|costing|budget"
    r"|sized?|sizes|models?|versions?|options?|ones?|pieces?|gear|goods|articles?|everything|all|only|exactly"
    r"|whatever|dollars?|bucks|spend|spending|pay|tag|range|limit|mark|choices?|selection)\b",
    _FLAGS,
)


def tidied(text: str) -> str:
    """The text without its opening and its loose ends."""
    text = re.sub(r"\s+", " ", text).strip()
    text = OPENING.sub("", text, count=1)
    text = _DOUBLED.sub("", text)
    text = _DANGLING.sub("", text)
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    return _CLOSING.sub("", text).strip(" ,.;:!?-")


def without_filler(text: str) -> str:
    """The text without the words that only carried limits; for a sentence that had some."""
    return tidied(_FILLER.sub(" ", text))

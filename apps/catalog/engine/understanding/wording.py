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
_DANGLING = re.compile(r"^(?:[\s,.;:!?]|\b(?:and|or|but|in|with|of|that|which|is|are)\b)+", _FLAGS)
_DOUBLED = re.compile(r"\b(?:and|or|but|in|with|,)\s+(?=(?:and|or|but|for|with|under|,|\.)\b)", _FLAGS)
# Sentences about the wish, around the thing that is wished for.
_FRAMES = (
    re.compile(
        r"\b(?:what|which)\b(?=.*\bdo\s+you\b)|\bdo\s+you\s+(?:guys\s+)?(?:sell|have|carry|stock|offer|got)\b",
        _FLAGS,
    ),
    re.compile(r"\bfor\s+(?:me|us)\b|\b(?:show|find|get|give)\s+(?:me|us)\b|\bif\s+possible\b", _FLAGS),
    re.compile(
        r"\b(?:my|our|the|a)\s+(?:boss|manager|team|company|office|school|client|customer|friend|colleague|neighbou?r|family)"
        r"\s+(?:(?:also|really|just)\s+)?(?:wants?|needs?|asked\s+for|(?:is|are)\s+looking\s+for|would\s+like|requires?)\b",
        _FLAGS,
    ),
)
# Beside limits these say nothing more: "genuine HP stuff in black", "the 17 inch models, preferably in stock".
_FILLER = re.compile(
    r"\b(?:colou?r(?:ed|s)?|shades?|brand(?:ed|s)?|manufactur(?:er|ed)|makers?|pric(?:e|ed|es|ing)|costs?|costing|budget"
    r"|sized?|sizes|models?|versions?|options?|alternatives?|ones?|pieces?|gear|goods|articles?|everything|all|only|exactly"
    r"|whatever|dollars?|bucks|spend(?:ing)?|pay(?:ing)?|tag|range|limit|mark|choices?|selection|money|amount"
    r"|somewhere|anywhere|preferabl[ey]|ideally|actually|currently|possibly|maybe|perhaps|kindly|just|really|also|simply"
    r"|want(?:s|ed)?|needs?|needed|wish|prefer|require[ds]?|looking|searching|hoping|like|love|must|should|has|have|had"
    r"|genuine|authentic|official|proper|decent|suitable|nice|good|great|cool|right|real|possible|sell|sold|carry|offer"
    r"|made|make|makes|produced|called|named|finish|it'?s|its|they|them|that'?s|be|been|being|i|i'd|i'm|we|my|our|your)\b",
    _FLAGS,
)


def tidied(text: str) -> str:
    """The text without its opening, the sentence around the thing, and its loose ends."""
    text = re.sub(r"\s+", " ", text).strip()
    text = OPENING.sub("", text, count=1)
    for frame in _FRAMES:
        text = frame.sub(" ", text)
    text = re.sub(r"\s+", " ", text)
    text = _DOUBLED.sub("", text)
    text = _DANGLING.sub("", text)
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    return _CLOSING.sub("", text).strip(" ,.;:!?-")


def without_filler(text: str) -> str:
    """The text without the words that only carried limits; for a sentence that had some."""
    return tidied(_FILLER.sub(" ", text))

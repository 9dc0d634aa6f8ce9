"""What people say around the thing they ask for, which is no part of it."""

from __future__ import annotations

import re

from apps.catalog.engine.words.lexical import STOP_WORDS, words

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
    re.compile(
        r"\bfor\s+(?:me|us)\b|\b(?:show|find|get|give)\s+(?:me|us)\b|\bif\s+possible\b|\b(?:as|so)\s+long\s+as\b",
        _FLAGS,
    ),
    re.compile(
        r"\b(?:my|our|the|a)\s+(?:boss|manager|team|company|office|school|client|customer|friend|colleague|neighbou?r|family)"
        r"\s+(?:(?:also|really|just)\s+)?(?:wants?|needs?|asked\s+for|(?:is|are)\s+looking\s+for|would\s+like|requires?)\b",
        _FLAGS,
    ),
)
# Beside limits these say nothing more: "any chance of genuine HP stuff in black?", "the 17 inch models". They name
# no thing that a shop sells.
_FILLER = words(
    """colour color coloured colored colours colors shade shades tone brand brands branded manufacturer
    manufactured maker makers price priced prices pricing cost costs costing budget size sized sizes model
    models version versions option options alternative alternatives one ones piece pieces gear goods article
    articles everything all only exactly whatever whichever dollar dollars bucks euro euros spend spending
    pay paying tag range limit limits mark choice choices selection money cash amount somewhere anywhere
    preferably preferable ideally actually currently possibly maybe perhaps kindly just really also simply
    mainly mostly basically definitely certainly obviously hopefully else instead want wants wanted wanting
    need needs needed wish wishes prefer prefers preferred require requires required looking look searching
    hoping hope like likes love loves must should shall might may could would can cannot will has have
    having had get gets getting got take takes see seeing check show showing shows tell give find finding
    found buy buying bought purchase purchasing order ordering think thinking consider considering decide
    choose choosing pick know ask asking wonder wondering help helps advise suggest recommend list lists
    browse genuine authentic original originals official proper decent suitable nice good great cool right
    real possible perfect fine ideal excellent awesome amazing lovely best better fantastic wonderful
    acceptable okay ok sell sells selling sold carry carrying offer offers offering stock stocking made make
    makes making produced produces built called named come comes coming go goes finish finishes it its they
    them their that this these those there here which what who whose where when be been being is are was
    were am i im id ive we us our ours my mine me you your yours any no every each either both such same
    chance chances way ways idea ideas thought thoughts question request requests requirement requirements
    interest interested interesting opportunity luck favour favor please pls thanks thank thx cheers hi
    hello hey dear sir madam team guys folks boss manager colleague client customer people person someone
    somebody anyone anybody everyone company firm today tomorrow tonight now soon asap quickly urgently
    immediately always usually often still yet already again once about around over under more less most
    least fairly so if whether because since while until unless though although however don't doesn't isn't
    aren't won't can't upwards downwards max maximum min minimum tops total value worth deal deals bargain
    affordable cheap inexpensive expensive"""
)
# What is left of them beside a thing: "for" in "jacket for men" says something.
_NO_STOP_WORDS = _FILLER - STOP_WORDS
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def tidied(text: str) -> str:
    """The text without its opening, the sentence around the thing, and its loose ends."""
    text = re.sub(r"\s+", " ", text).strip()
    text = unframed(OPENING.sub("", text, count=1))
    text = re.sub(r"\s+", " ", text)
    text = _DOUBLED.sub("", text)
    text = _DANGLING.sub("", text)
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    return _CLOSING.sub("", text).strip(" ,.;:!?-")


def unframed(text: str) -> str:
    """The text without sentences about the wish; all other white space stays as it is."""
    for frame in _FRAMES:
        text = frame.sub(" ", text)
    return text


def without_filler(text: str) -> str:
    """The text without the words that only carried limits; for a sentence that had some."""
    said = [word.group().lower().replace("’", "'") for word in _TOKEN.finditer(text)]
    if _FILLER.union(STOP_WORDS).issuperset(said):
        return ""
    return tidied(_TOKEN.sub(lambda word: "" if word.group().lower() in _NO_STOP_WORDS else word.group(), text))

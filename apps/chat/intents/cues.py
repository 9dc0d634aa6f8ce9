"""Cues in a normalised text that tell a search, a refinement or a question about a product apart."""

from __future__ import annotations

import re
from typing import Literal

from apps.catalog.engine.queries import Sort
from apps.catalog.engine.words.lexical import singular
from apps.chat.intents.words import POINTING, QUALITIES, TURNS, without_cart, words

Refinement = Literal["cheaper", "dearer", "more", "narrow"]

# What taking a chip off says (widget/src/words.ts).
_TAKEN_BACK = re.compile(r'^without "(.+)"$')
# The choice beside an answer to corrected words.
_EXACTLY = re.compile(r'^exactly "(.+)"$')
_CHEAPER = re.compile(
    r"\b(cheaper|less expensive|lower[- ]priced?|more affordable|too (expensive|pricey|dear|costly)"
    r"|(bit|little) (much|pricey)|over my budget|(can't|cannot) afford)\b"
)
_DEARER = re.compile(r"\b(more expensive|pricier|higher[- ]end|more premium|fancier)\b")
_MORE = re.compile(
    r"^(ok |okay |and |please |can you |could you |can i |i want to |i'd like to |do you have |got |are there "
    r"|have you )*((show|see|give|list|find)( me| us)? )?(some |any |a few )?(more|others?|next|another"
    r"|another one|different ones?|other (ones|options|choices|results|products)"
    r"|more (options|choices|results|products|of (them|these|those))"
    r"|next (page|ones|results)|something else|anything else|what else)"
    r"( please| do you have| have you got| you have)?$"
)
_NARROWING = re.compile(
    r"^(ok |okay |and |but |no |yes |hmm |well |please |now |actually |maybe |rather |just |only |not |show( me)? "
    r"|i want |i need |do you have |have you got |got |is there |are there )*"
    r"((it|that|this|them|those|these|the same|any|one|ones|something|anything|some|the)\b"
    r" ?(one|ones|thing)?s? ?)?"
    r"(that is |that are |which is |which are |is |are )?"
    r"(in|with|without|under|below|over|above|between|for|from|by|at most|at least|up to|max|maximum|min|less than"
    r"|more than|made of|made from|size|cheapest first|sort|sorted|order by|not more than|no more than"
    r"|around|about)\b"
)
_NOT_THESE = re.compile(
    r"\b(not (that|this|it|those|these)( one| ones)?$|something (else|different)$"
    r"|(don't|doesn't|do not|does not|didn't) like (it|that|this|these|those|them))"
    r"|^show (me )?(them )?all( of them)?$"
)
# "Something for coffee lovers" is a wish of its own, and so are "the best rated products".
_FOR_SOMEBODY = re.compile(r"^(and |ok |maybe )*(something|anything|gifts?|presents?)\b.* for\b")
_EVERYTHING = re.compile(r"\b(products?|items?|everything)\b")
_WHAT_ABOUT = re.compile(r"^(ok |and |but |hmm )*(what|how) about\b")
_THIS = r"(it|that|this|they|these|those|that one|this one|the (\w+ ){0,3}one|the \w+|number \d+|#\d+)"
_ASKING = (
    re.compile(rf"\b(is|are|does|do|has|have|can|will|was|how is|how are) {_THIS}\b"),
    re.compile(
        r"\b(tell me (more )?(about|of)|more (info|information|details?)|details?( of| on| about)?|describe|specs?"
        r"|specifications?|information (on|about)|know more about|learn more|explain|reviews?( of| for)?)\b"
    ),
    re.compile(
        r"\b(what|which) (\w+ )?(sizes?|colou?rs?|materials?|brand|fabric|fit|dimensions?)\b"
        rf".*\b({_THIS}|come|available|there)\b"
    ),
    re.compile(rf"\b(what is|what's) (it|that|this|{_THIS}) (made|like|for|good)\b|\bwhat is {_THIS}$"),
    re.compile(rf"\bhow (much|big|heavy|long|tall|wide|large|small|warm|good|old|high)\b.*\b{_THIS}\b"),
    re.compile(rf"\b(price|cost|rating|stock|material|weight|size|colou?r)s? (of|for) {_THIS}\b"),
    re.compile(r"\bwho makes\b"),
    re.compile(
        r"\bwhich (one|of (these|those|them|the))\b|\bwhich (is|are|has) (the )?(best|cheap|most|high|warm|light)"
    ),
    re.compile(r"\b(compare|difference between|versus)\b"),
    re.compile(
        r"^(show me |what about |how about |and |ok |no )*(the )?(first|second|third|fourth|fifth|sixth|last|1st"
        r"|2nd|3rd|4th|5th|other|cheapest|best rated|most expensive|number \d)( one)?$|^the cheaper one$|^[1-9]$"
    ),
)
# "Do you have it in red?" asks for another product than the one on the screen.
_ANOTHER = re.compile(r"^(and |but |ok )*(do you have|have you got|got) (it|that|this|them|those|one|any)\b")
_SEARCHING = re.compile(
    r"\b((what|how) about|look(ing)? for|show( me)?|find( me)?|search(ing)?( for)?|i need|i want|i'd like"
    r"|i would like"
    r"|(do|does) (you|the store|this shop)( guys)?( also)? (have|sell|carry|stock|offer)|you (sell|have|carry)"
    r"|have you got|got any|is there an?|are there any|recommend|suggest|suggestions?|shopping for|interested in"
    r"|browse|i'm after|gifts?|presents?|something|anything|any good|need an?)\b"
)
_QUESTION = re.compile(
    r"^(what|who|whom|whose|why|how|when|where|which|can|could|is|are|do|does|did|will|would|should|may|am|was|were"
    r"|have|has|i|i'm|i've|my|you|your|we|it|that|this|he|she|they|please|if|there|let|tell|don't)\b"
)
_SERVICE = re.compile(
    r"\b(problems?|issues?|trouble|errors?|accounts?|profiles?|subscri\w*|register\w*|registration"
    r"|orders?|ordered|purchases?|purchased|deliver\w*|shipments?|shipped|shipping|parcels?|packages?|address(es)?"
    r"|pay|paid|payments?|paying|bills?|billing|invoices?|receipts?|charged?|charges|fees?|penalty|policy|policies"
    r"|refund\w*|return\w*|rebates?|money|compensat\w*|claims?|complain\w*|cancel\w*|customer|staff|penalties)\b"
)
_KEPT = frozenset(["in", "for", "with", "without", "of", "size"])
_LONGEST_PHRASE = 6


def exactly(text: str) -> str:
    """The words that are to be searched as they were typed; empty when none."""
    match = _EXACTLY.match(text)
    return match[1] if match else ""


def taken_back(text: str) -> str:
    """The limit, as its chip shows it, that the shopper takes back; empty when none."""
    match = _TAKEN_BACK.match(text)
    return match[1] if match else ""


def refinement(text: str) -> Refinement | None:
    """How the text narrows or widens an earlier search, or None when it stands by itself."""
    if _MORE.search(text) or _NOT_THESE.search(text):
        return "more"
    if _CHEAPER.search(text) and not thing_named(_CHEAPER.sub(" ", text)):
        return "cheaper"
    if _DEARER.search(text) and not thing_named(_DEARER.sub(" ", text)):
        return "dearer"
    if _WHAT_ABOUT.search(text):
        return None if thing_named(text) else "narrow"
    if _FOR_SOMEBODY.search(text) and thing_named(text):
        return None
    if _NARROWING.search(text):
        return "narrow"
    return None if thing_named(text) or _EVERYTHING.search(text) or not words(text) else "narrow"


def thing_named(text: str) -> bool:
    """Whether a word names a thing, rather than a quality ("blue", "waterproof"), a number or a turn of speech."""
    return any(
        word not in POINTING
        and word not in QUALITIES
        and singular(word) not in QUALITIES
        and word not in TURNS
        and not any(character.isdigit() for character in word)
        for word in words(without_cart(text))
    )


def sorting(text: str) -> Sort | None:
    """The order that the text asks for: "sort by price", "best rated first"."""
    if re.search(r"\b(high to low|descending|(most expensive|highest|dearest)( price)? first)\b", text):
        return "price_desc"
    if re.search(r"\b(by (customer )?(rating|reviews?|stars)|best( rated)? first)\b", text):
        return "rating"
    if re.search(r"\b(by price|low to high|ascending|(cheapest|lowest)( price)? first)\b", text):
        return "price_asc"
    return None


def essence(text: str) -> str:
    """What a refinement adds to a wish: "do you have it in black" adds "in black", "not that one" nothing."""
    if sorting(text):
        return ""
    kept = [
        word
        for word in text.split()
        if word.lower() in _KEPT or not {word.lower().strip("?!.,"), *words(word.lower())} & (POINTING | TURNS)
    ]
    while kept and kept[-1].lower() in _KEPT:
        kept.pop()
    return " ".join(kept)


def says_something(text: str) -> bool:
    """Whether a thing or a quality is named: "other one" alone is nothing to search for."""
    return thing_named(text) or any(word in QUALITIES for word in words(text))


def about_product(text: str) -> bool:
    """Whether the text asks about a product that was shown: "is it waterproof", "more about the second"."""
    return not _ANOTHER.search(text) and any(pattern.search(text) for pattern in _ASKING)


def service(text: str) -> bool:
    """Whether a word is said that belongs to dealing with a shop, rather than to its goods."""
    return bool(_SERVICE.search(text))


def clear_search(text: str) -> bool:
    """Whether the text is a search beyond doubt, so that no embedding is spent on finding out."""
    return bool(_SEARCHING.search(text)) or (len(words(text)) <= _LONGEST_PHRASE and not _QUESTION.search(text))


def positive(text: str) -> bool:
    return bool(
        re.match(
            r"^(yes|yeah|yep|yup|sure|ok|okay|please|of course|definitely|absolutely|do it|go ahead|y)\b", text
        )
    )


def wants_several(text: str) -> bool:
    return bool(re.search(r"\b(both|all|everything|and|each)\b", text))

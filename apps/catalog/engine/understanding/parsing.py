"""A shopper's sentence becomes a query: limits by rules, the category by the store's words, the rest is text."""

from __future__ import annotations

import re

from apps.catalog.engine.queries import SearchQuery, Sort
from apps.catalog.engine.understanding.categories import find_category
from apps.catalog.engine.understanding.money import price_limits
from apps.catalog.engine.understanding.vocabulary import Vocabulary
from apps.catalog.engine.words.lexical import words_of

# More is no search any more; the parser's time stays small.
LONGEST_TEXT = 500
_FLAGS = re.IGNORECASE
_IN_STOCK = re.compile(
    r"(?:\b(?:that|which)\s+(?:is|are)\s+)?\b(?:(?:currently|only|still)\s+)?"
    r"(?:in[\s-]stock|available(?:\s+(?:now|today|right now))?|ready to ship)\b",
    _FLAGS,
)
_STARS = r"(?P<stars>[0-5](?:[.,]\d)?)"
_OR_MORE = r"(?:\s*(?:\+|plus\b|(?:or|and)\s+(?:more|up|above|higher|better|over)\b))"
_AT_LEAST = r"(?:at least|minimum(?: of)?|min|over|above|more than|from|with|of)"
_RATINGS = (
    re.compile(
        rf"(?:\b(?:rated|rating)\s+)?(?:\b{_AT_LEAST}\s+)*\b{_STARS}{_OR_MORE}?\s*-?\s*(?:stars?\b|★)"
        rf"(?:\s*(?:rating|rated|reviews)\b)?{_OR_MORE}?",
        _FLAGS,
    ),
    re.compile(rf"\b(?:rated|rating)\s*(?:{_AT_LEAST}\s*)*{_STARS}\b{_OR_MORE}?", _FLAGS),
    re.compile(rf"(?:\b{_AT_LEAST}\s+)*\b{_STARS}{_OR_MORE}?\s*rating\b", _FLAGS),
)
_WELL_RATED = re.compile(
    r"\b(?:highly|well)[\s-](?:rated|reviewed)\b|\bwith\s+good\s+(?:reviews|ratings?)\b", _FLAGS
)
_WELL = 4.0
_CHEAP = r"\b(?:the\s+)?(?:cheap(?:est)?|least expensive|lowest[\s-]priced?|inexpensive|affordable)\b"
_NEWEST = r"\b(?:the\s+)?(?:newest|latest|most recent|new arrivals?|just (?:in|arrived)|recently added)\b"
_SORTS: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    ("rating", re.compile(r"\b(?:(?:best|top|highest)[\s-](?:rated|reviewed|rating)|most popular)\b", _FLAGS)),
    ("price_desc", re.compile(r"\b(?:most expensive|priciest|highest priced?)\b", _FLAGS)),
    ("price_asc", re.compile(_CHEAP, _FLAGS)),
    ("newest", re.compile(_NEWEST, _FLAGS)),
)
_BY_BRAND = re.compile(r"\b(?:by|from|of the brand|brand)\s+(?P<rest>.+)$", _FLAGS)
# What a sentence opens with before it comes to the thing: "Hi, could you please show me some".
_OPENING = re.compile(
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
    r"(?:[\s,.;:!?]|\b(?:please|thanks|thank you|for|with|and|or|at|by|in|of|that|which|is|are|but|the|a)\b)+$",
    _FLAGS,
)


def parse_query(text: str, vocabulary: Vocabulary) -> SearchQuery:
    """Limits leave the text; the category's words stay in it, since they rank too."""
    text = re.sub(r"\s+", " ", text[:LONGEST_TEXT]).strip()
    if not any(words_of(text)):
        return SearchQuery(text=text)  # "???" is not a wish for everything
    query = SearchQuery()
    text = _take_rating(text, query)
    prices = price_limits(text)
    query.price_min, query.price_max, query.price_exclusive = prices.minimum, prices.maximum, prices.exclusive
    text = _take_sort(prices.rest, query)
    if _IN_STOCK.search(text):
        query.in_stock = True
        text = _IN_STOCK.sub(" ", text)
    text = _take_brand(text, query, vocabulary)
    query.text = _tidy(text)
    category = find_category(query.text, vocabulary)
    if category is not None:
        query.category = category.label
    return query


def _take_rating(text: str, query: SearchQuery) -> str:
    for pattern in _RATINGS:
        match = pattern.search(text)
        if match is not None:
            query.rating_min = float(match["stars"].replace(",", "."))
            return f"{text[: match.start()]} {text[match.end() :]}"
    if _WELL_RATED.search(text):
        query.rating_min = _WELL
        return _WELL_RATED.sub(" ", text)
    return text


def _take_sort(text: str, query: SearchQuery) -> str:
    for sort, pattern in _SORTS:
        if pattern.search(text):
            query.sort = sort
            return pattern.sub(" ", text)
    return text


def _take_brand(text: str, query: SearchQuery, vocabulary: Vocabulary) -> str:
    """Only after "by" or "from": many brands are common words, and a wrong filter hides the right thing."""
    match = _BY_BRAND.search(text)
    if match is None:
        return text
    rest = match["rest"].lower()
    named = [brand for brand, lower in vocabulary.brands if re.match(rf"{re.escape(lower)}(?!\w)", rest)]
    if not named:
        return text
    brand = max(named, key=len)
    query.brands = [brand]
    return f"{text[: match.start()]} {match['rest'][len(brand) :]}"


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    text = _OPENING.sub("", text, count=1)
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    return _CLOSING.sub("", text).strip(" ,.;:!?-")

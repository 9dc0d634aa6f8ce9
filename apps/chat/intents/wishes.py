"""A wish in words: how it grows by refinements, and which records really have what it names."""

from __future__ import annotations

import re

from apps.catalog.engine.queries import SearchResult
from apps.catalog.engine.words.lexical import singular
from apps.catalog.product import Product
from apps.chat.intents.words import AUDIENCES, COLOURS, FEATURES, SHADES, mended, words

_LEAD = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|so|and|but|no|yes|well|hmm|actually|please|instead|maybe|rather|just)\b[\s,]*)*"
    r"(?:(?:what|which)\s+(?=\w+.*\b(?:do you|have you|are there|can i)\b)|(?:what|how)\s+about\b"
    r"|what(?:'s|\s+is|\s+are)\b"
    r"|do\s+(?:you|the store)(?:\s+guys)?(?:\s+(?:also|even|still|ever))?\s+(?:have|sell|carry|stock|offer)\b"
    r"|have\s+you\s+got\b|got\b|(?:is|are)\s+there\b"
    r"|(?:can|could)\s+(?:you|i)\s+(?:please\s+)?(?:get|see|find|buy|show)(?:\s+me)?\b)?"
    r"\s*(?:(?:any|some|an|a|the|your)\s+)?",
    re.IGNORECASE,
)
# "Best rated products": words that name anything name nothing.
_ANYTHING = re.compile(
    r"\b(?:products?|items?|things?|stuff|everything|anything|something|what(?:ever)? you (?:have|sell))\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s*\b(?:do you (?:have|sell|carry|stock|offer)|have you got|are there|can i (?:get|buy)"
    r"|(?:that |which )?you(?:'ve)? (?:have|got|sell|carry|offer)(?: got)?)\b.*$",
    re.IGNORECASE,
)


def asked_for(text: str) -> str:
    """A message as typed, without the words that only ask: "do you have mugs?" asks for "mugs?"."""
    typed = mended(text).strip()
    return _TAIL.sub("", _LEAD.sub("", typed, count=1)) or typed


def without_anything(wish: str) -> str:
    return " ".join(_ANYTHING.sub(" ", wish).split())


def joined(wish: str, added: str) -> str:
    """The old wish with the new words: another colour or another audience replaces the old one."""
    new = words(added.lower())
    for group in (COLOURS, AUDIENCES):
        if any(word in group for word in new):
            wish = without(wish, group)
    return f"{without(wish, frozenset(new))} {added}".strip()


def without(wish: str, group: frozenset[str]) -> str:
    kept = [word for word in wish.split() if word.lower().strip(",.'") not in group]
    while kept and kept[-1].lower() in ("for", "in", "with", "and", "or"):
        kept.pop()
    return " ".join(kept)


def as_wished(found: SearchResult, wish: str) -> tuple[list[Product], list[str]]:
    """The hits whose records have the wish's colours and features, as far as any has; and which no record has."""
    products = [hit.product for hit in found.hits]
    said = words(wish.lower())
    missing = []
    for test, wanted in (
        (_is_coloured, [word for word in said if word in COLOURS]),
        (_has_features, [word for word in said if word in FEATURES and word not in COLOURS]),
    ):
        fitting = [product for product in products if not wanted or test(product, wanted)]
        missing += wanted if products and not fitting else []
        products = fitting or products
    return products, missing


def is_named(product: Product, wish: str) -> bool:
    """Whether the wish has the whole title, of two words at least."""
    title = {singular(word) for word in words(product.title.lower())}
    return len(title) >= 2 and title <= {singular(word) for word in words(wish.lower())}


def _is_coloured(product: Product, colours: list[str]) -> bool:
    texts = [product.title, *product.attributes.values()]
    texts += [value for variant in product.variants for value in variant.attributes.values()]
    there = {singular(word) for text in texts for word in words(text.lower())}
    return any(there & {colour, *SHADES.get(colour, ())} for colour in colours)


def _has_features(product: Product, features: list[str]) -> bool:
    """Whether the record says so: in its words, or as an attribute that is not "no"."""
    attributes = [
        f"{name} {value}"
        for name, value in product.attributes.items()
        if value.strip().lower() not in ("no", "none")
    ]
    text = " ".join([product.title, product.description, *attributes]).lower()
    return {singular(feature) for feature in features} <= {singular(word) for word in words(text)}

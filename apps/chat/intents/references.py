"""What "the second one", "it", "the cheaper one" or "the blue jacket" mean, among products that were shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.catalog.engine.words.lexical import singular
from apps.catalog.product import Product
from apps.chat.intents.words import NUMBERS, POINTING, without_cart, words

_ORDINALS = {
    name: place
    for place, names in enumerate(
        (
            ("first", "1st"),
            ("second", "2nd"),
            ("third", "3rd"),
            ("fourth", "4th"),
            ("fifth", "5th"),
            ("sixth", "6th"),
            ("seventh", "7th"),
            ("eighth", "8th"),
            ("ninth", "9th"),
            ("tenth", "10th"),
        )
    )
    for name in names
}  # fmt: skip - a table reads better in rows
_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})\b(?! (name|class|aid|hand|time|thing))")
_NUMBERED = re.compile(
    r"(?:\b(?:number|no\.?|nr\.?|option|item|product|choice) ?|#)(\d{1,2}|one|two|three|four|five)\b"
)
_GROUP = re.compile(r"\b(first|top|last) (\d|two|three|four|five)\b")
_LAST = re.compile(r"\b(last|bottom) (one|item|product|option)?\b|\bthe last$")
_TOP = re.compile(r"\b(the top one|the one (at|on) (the )?top)\b")
_ALL = re.compile(r"\b(all|everything|each)( of (them|these|those))?\b|\bthem all\b|\bone of each\b")
_BOTH = re.compile(r"\bboth\b")
_OTHER = re.compile(r"\bthe other( one)?\b")
_PRONOUN = re.compile(r"\b(it|that|this|that one|this one|them|those|these|the same|the one)\b")
_CHEAPEST = re.compile(r"\b(cheap(er|est)|least expensive|less expensive|lowest[- ]price[d]?|most affordable)\b")
_DEAREST = re.compile(r"\b(most expensive|more expensive|priciest|dearest|highest[- ]price[d]?)\b")
_BEST = re.compile(r"\b((best|highest|top|better)[- ]?(rated|reviewed|rating|one|reviews)|the best)\b")


@dataclass(frozen=True)
class Reference:
    """`products`: what is meant. `candidates`: one of these is meant, ask which. Neither: nothing shown fits."""

    products: list[Product] = field(default_factory=list)
    candidates: list[Product] = field(default_factory=list)


def resolve(
    text: str, *, shown: Sequence[Product], subject: Product | None = None, cart: Sequence[Product] = ()
) -> Reference:
    """Which products the normalised `text` means.

    `shown`: as the shopper saw them, in order. `subject`: what the talk is about, for "it". `cart`: may be named
    too, but is not counted by "the second one".
    """
    everything = [*shown, *(product for product in cart if product not in shown)]
    by_place = _by_place(text, shown)
    if by_place:
        return Reference(by_place)
    if _OTHER.search(text) and subject is not None and len(shown) == 2:
        return Reference([product for product in shown if product != subject])
    if _BOTH.search(text) and len(shown) == 2:
        return Reference(list(shown))
    ranked = _by_rank(text, shown)
    if ranked is not None:
        return Reference([ranked])
    described = _by_description(text, everything)
    if described:
        return Reference(described) if len(described) == 1 else Reference(candidates=described)
    if described is None and _ALL.search(text):
        return Reference(list(shown))
    # Words that fit nothing shown ("add a helicopter") must not fall back on what was shown last.
    if described is None and (subject is not None or _PRONOUN.search(text) or not _content(text)):
        if subject is not None:
            return Reference([subject])
        return Reference(candidates=list(shown)) if len(shown) > 1 else Reference(list(shown))
    return Reference()


def quantity_in(text: str) -> int | None:
    """The number of pieces that the text names: "two of them", "3x", "make it two", "quantity 4"; else None."""
    number = rf"(\d{{1,3}}|{'|'.join(NUMBERS)})"
    for pattern in (
        rf"\b(?:quantity|qty|amount)\b.{{0,40}}?\b(?:to|of|:|is|=)? ?{number}\b$",
        rf"\b(?:quantity|qty)\b:? ?{number}\b",
        rf"\bmake (?:it|that|them|those|this|the .{{1,40}}?) (?:a |into |to )?{number}\b",
        rf"\b(?:change|set|increase|reduce|update)\b.{{0,50}} to {number}\b",
        rf"\b{number} ?(?:x|pcs|pieces|units)\b",
        rf"\b{number} (?:pairs? )?(?:of|more)\b",
        rf"^(?:actually |no |i want |i need |give me |rather |only |just |ok |please |i'll take |add )*{number}"
        r"(?: instead| please| in total| to (?:my |the )?(?:cart|basket))?$",
        rf"^(?:please |i'll take |i want |i need |give me )?(?:add|put|take|buy|get|order) (?!an? )(?!one )"
        rf"{number} (?!one\b)[a-z]",
    ):
        found = re.search(pattern, text)
        if found:
            word = found[1]
            return int(word) if word.isdigit() else NUMBERS[word]
    return 2 if re.search(r"\bmake (it|that) double\b|\bdouble (it|that)\b", text) else None


def _by_place(text: str, shown: Sequence[Product]) -> list[Product]:
    group = _GROUP.search(text)
    if group:
        count = int(group[2]) if group[2].isdigit() else NUMBERS[group[2]]
        return list(shown[-count:] if group[1] == "last" else shown[:count])
    places = [_ORDINALS[found[1]] for found in _ORDINAL.finditer(text)]
    for found in _NUMBERED.finditer(text):
        places.append((int(found[1]) if found[1].isdigit() else NUMBERS[found[1]]) - 1)
    if not places and _TOP.search(text):
        places = [0]
    if not places and _LAST.search(text):
        places = [len(shown) - 1]
    return [shown[place] for place in dict.fromkeys(places) if 0 <= place < len(shown)]


def places_named(text: str) -> bool:
    """Whether the text counts ("the ninth one"), whatever was shown."""
    return bool(_ORDINAL.search(text) or _NUMBERED.search(text) or _GROUP.search(text))


def _by_rank(text: str, shown: Sequence[Product]) -> Product | None:
    priced = [product for product in shown if product.price is not None]
    if _CHEAPEST.search(text) and priced:
        return min(priced, key=lambda product: product.price or 0)
    if _DEAREST.search(text) and priced:
        return max(priced, key=lambda product: product.price or 0)
    rated = [product for product in shown if product.rating is not None]
    if _BEST.search(text) and rated:
        return max(rated, key=lambda product: (product.rating or 0, product.rating_count or 0))
    return None


def describes(text: str) -> bool:
    """Whether the text describes or names a product, beyond pointing at one."""
    return bool(_content(text))


def _content(text: str) -> list[str]:
    """The words that describe something, e.g. ["blue", "jacket"]."""
    said = words(without_cart(text))
    found = (word for word in said if word not in POINTING and word not in NUMBERS and not word.isdigit())
    return [singular(word) for word in found if word not in ("all", "both", "each", "everything", "same", "other")]


def _by_description(text: str, products: Sequence[Product]) -> list[Product] | None:
    """Products that fit every describing word, best first; [] when none fits; None when nothing is described.

    A title says more than the rest of the record: products whose title has all the words win over others.
    """
    wanted = _content(text)
    if not wanted:
        return None
    titled = [product for product in products if _has(wanted, product.title)]
    if titled:
        exact = [product for product in titled if len(words(product.title.lower())) == len(wanted)]
        return exact or titled
    fitting = [product for product in products if _has(wanted, _record_text(product))]
    if fitting:
        return fitting
    # A title named with a word too many ("the harbour jacket thing") still names it when most of it is there.
    named = [product for product in products if _overlap(wanted, product.title) >= 0.6]
    return named if len(named) == 1 else []


def _record_text(product: Product) -> str:
    attributes = " ".join(f"{name} {value}" for name, value in product.attributes.items())
    return f"{product.title} {product.category} {product.brand} {attributes}"


def _has(wanted: Sequence[str], text: str) -> bool:
    there = {singular(word) for word in words(text.lower())}
    return all(word in there for word in wanted)


def _overlap(wanted: Sequence[str], title: str) -> float:
    there = {singular(word) for word in words(title.lower())}
    return len(there.intersection(wanted)) / len(wanted)

"""Questions about products that were shown: answered from their records, or with "it does not say"."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

from apps.catalog.engine.words.lexical import singular
from apps.catalog.product import Product
from apps.chat.intents import shopping
from apps.chat.intents.references import resolve
from apps.chat.intents.talk import PERSON, Talk, offer, speak
from apps.chat.intents.words import ASKING, NUMBERS, POINTING, QUALITIES, words
from apps.chat.parts import ProductsPart
from apps.chat.steps import Show, Step

_PRICE = re.compile(r"\b(how much (is|are|do|for|costs?)|how much does .{1,40} cost|price|costs?)\b")
_MAKER = re.compile(r"\b(who makes|brand|manufacturer|made by)\b")
_STOCK = re.compile(r"\b(in stock|available|availability|sold out|out of stock|left)\b")
_RATING = re.compile(r"\b(rating|rated|reviews?|stars?)\b")
_FIRST = {
    "cheap": "the lowest-priced",
    "least": "the lowest-priced",
    "less": "the lowest-priced",
    "most": "the most expensive",
    "more": "the most expensive",
    "pric": "the most expensive",
    "": "the best rated",
}
_CHOOSING = re.compile(r"\bwhich (one|of (these|those|them|the)|is|are|has)\b")
_COMPARE = re.compile(r"\b(compare|difference|versus|vs)\b")
_RANK = re.compile(
    r"\b(cheap(er|est)|(most|least|more|less) expensive|priciest|(best|highest|top)[- ]rated|the best|recommend)\b"
)
_VERBS = frozenset(
    ["is", "are", "does", "do", "has", "have", "can", "will", "what", "which", "how", "made", "come"]
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


async def answer(talk: Talk) -> AsyncIterator[Step]:
    shown, subject = await talk.on_screen()
    if _CHOOSING.search(talk.text):
        subject = None  # "which one is the warmest?" asks about all of them
    pointing = f"number {talk.text}" if talk.text.isdigit() else _pointing(talk.text, shown)
    found = resolve(pointing, shown=shown, subject=subject)
    meant = found.products or ([subject] if subject else [])
    if _COMPARE.search(talk.text) and len(meant or shown) > 1:
        async for step in _compare(talk, meant if len(meant) > 1 else shown[:3]):
            yield step
    elif not meant and found.candidates and not _content(talk.text):
        for said in speak("Which one do you mean?"):
            yield said
        yield offer(*[(product.title, f"Tell me more about {product.title}") for product in found.candidates[:4]])
    elif len(meant) == 1:
        async for step in _describe(talk, meant[0]):
            yield step
    elif not meant and _content(talk.text):
        async for step in _which_has(talk, shown):
            yield step
    else:
        async for step in _compare(talk, meant or shown[:3]):
            yield step


async def _which_has(talk: Talk, shown: Sequence[Product]) -> AsyncIterator[Step]:
    """ "Which one has a hood?", "which is the warmest?": those whose records say so; else a search for it."""
    asked = [_plain(word) for word in _content(talk.text)]
    telling = [product for product in shown if _about(product, asked)]
    if telling and len(telling) < len(shown):
        for place, product in enumerate(telling[:3]):
            told = " ".join(_about(product, asked)[:1])
            yield speak(f"{'' if place == 0 else chr(10)}{product.title}: {told}")[0]
        yield Show(ProductsPart(product_ids=[product.product_id for product in telling]))
        if len(telling) == 1:
            talk.dialogue.talk_about(telling[0].product_id)
        return
    async for step in shopping.refine(talk, " ".join(asked)):
        yield step


async def _describe(talk: Talk, product: Product) -> AsyncIterator[Step]:
    talk.dialogue.talk_about(product.product_id)
    talk.dialogue.misses = 0
    asked = [_plain(word) for word in _content(talk.text)]
    for said in speak(*_sentences(talk.text, product, asked)):
        yield said
    yield Show(ProductsPart(product_ids=[product.product_id]))
    unanswered = bool(asked) and not _about(product, asked) and not _facts(talk.text)
    choices = [("Add it to my cart", "add it to my cart")] if product.in_stock else []
    if choices or unanswered:
        yield offer(*choices, *([PERSON] if unanswered else []))


def _sentences(text: str, product: Product, asked: Sequence[str]) -> list[str]:
    if _PRICE.search(text):
        return [f"The price of {product.title} is on its card:"]
    if _STOCK.search(text):
        return [
            f"{product.title} is in stock." if product.in_stock else f"{product.title} is out of stock right now."
        ]
    if _RATING.search(text):
        if product.rating is None:
            return [f"Nobody has rated {product.title} yet."]
        votes = f" by {product.rating_count} shoppers" if product.rating_count else ""
        return [f"{product.title} is rated {product.rating:g} of 5{votes}."]
    if _MAKER.search(text) and product.brand:
        return [f"{product.title} is made by {product.brand}."]
    rank = _RANK.search(text)
    if rank:
        first = next(words for start, words in _FIRST.items() if rank[0].startswith(start))
        return [f"{product.title} is {first} of these:"]
    if asked:
        told = _about(product, asked)
        if told:
            return [f"{product.title}:", *told]
        return [f"The description of {product.title} doesn't say."]
    description = _SENTENCE.split(product.description.strip())[:3] if product.description.strip() else []
    return [f"{product.title}:", *description, *_attributes(product)]


def _facts(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_PRICE, _STOCK, _RATING, _RANK, _MAKER))


def _about(product: Product, asked: Sequence[str]) -> list[str]:
    """The sentences and attributes of the record that have one of the words in question."""
    lines = [f"{name}: {value}." for name, value in product.attributes.items()]
    lines += _SENTENCE.split(product.description.strip())
    return [line for line in lines if any(_alike(word, line) for word in asked)][:3]


def _alike(word: str, line: str) -> bool:
    """Whether the line has the word, or one of its family ("waterproofing" for "waterproof")."""
    stem = word[: max(len(word) - 2, 4)]
    same = {"colour": "color", "grey": "gray"}
    return any(
        other == word
        or (len(word) > 4 and other.startswith(stem))
        or same.get(other, other) == same.get(word, word)
        for other in (singular(found) for found in words(line.lower()))
    )


async def _compare(talk: Talk, products: Sequence[Product]) -> AsyncIterator[Step]:
    for place, product in enumerate(products):
        facts = " ".join(_attributes(product)) or (_SENTENCE.split(product.description.strip())[:1] or [""])[0]
        for said in speak(f"{product.title}: {facts}" if place == 0 else f"\n{product.title}: {facts}"):
            yield said
    ids = [product.product_id for product in products]
    yield Show(ProductsPart(product_ids=ids))
    talk.dialogue.showed(ids)


def _attributes(product: Product) -> list[str]:
    return [f"{name.capitalize()}: {value}." for name, value in product.attributes.items()]


def _pointing(text: str, shown: Sequence[Product]) -> str:
    """The text without the subject of its question: "does the blue one have a hood" points at "the blue one".

    A word stays when it steers, stands in a title that was shown, or stands before "one".
    """
    titles = {singular(word) for product in shown for word in words(product.title.lower())}
    before_one = {word for found in re.findall(r"\bthe ((?:\w+ ){1,2})one\b", text) for word in found.split()}
    content = set(_content(text))
    kept = (
        word
        for word in text.split()
        if singular(word) not in content or singular(word) in titles or word in before_one
    )
    return " ".join(word for word in kept if word not in _VERBS)


def _plain(word: str) -> str:
    """ "warmest" and "warmer" ask for what is "warm"."""
    for ending in ("est", "er"):
        if word.endswith(ending) and word.removesuffix(ending) in QUALITIES:
            return word.removesuffix(ending)
    return word


def _content(text: str) -> list[str]:
    """The subject of a question: what is left without the words that ask, point, rank or count."""
    found = (
        word
        for word in words(_RANK.sub(" ", text))
        if word not in POINTING and word not in ASKING and word not in NUMBERS and not word.isdigit()
    )
    return [singular(word) for word in found]

"""Words: how texts become terms, and terms a sparse vector. The index adds IDF by itself."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from py_rust_stemmers import SnowballStemmer

from apps.catalog.engine.records import Sparse

_WORD = re.compile(r"[^\W_]+(?:['’\-./&][^\W_]+)*")
_SPLIT = re.compile(r"['’\-./&]")
_TEE = re.compile(r"\bt[\s-]shirt")
_TRADE_MARK = re.compile("[™℠®©]")
_POSSESSIVE = re.compile(r"['’]s\b")
_STEMMER = SnowballStemmer("english")


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that say nothing about a product. "for", "with" and the like, and the small talk of a shop.
STOP_WORDS = words(
    """a about all also am an and any anything are as at be been but by can could did do does doing for from get
    give got had has have having he her here hers him his how i if i'd i'll i'm in into is it it's its just let
    like ll m maybe me more most my need no not of off on one ones or our out over please re s say see she should
    show so some something stuff such t than that the their them then there these they this those to too us
    until up ve very want wants was we were what when where which who why will with would you your yours
    hi hello hey thanks thank ok okay yes find search looking look buy purchase order shop shopping store sell
    selling recommend suggest suggestion recommendation carry offer offers help items item product products
    thing things available good nice great best really kind sort type under below above between around"""
)
_K1 = 1.2
_B = 0.5
_AVERAGE_LENGTH = 60.0


def fold(text: str) -> str:
    """Lower case without accents: "Café" and "cafe" are one word."""
    decomposed = unicodedata.normalize("NFKD", _TRADE_MARK.sub("", text)).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    return str(_STEMMER.stem_word(word))


def words_of(text: str) -> Iterator[str]:
    """The folded words of a text in order. "rain-proof" is rain, proof and rainproof; "t-shirt" is tshirt."""
    for match in _WORD.finditer(_TEE.sub("tshirt", _POSSESSIVE.sub("", fold(text)))):
        parts = _SPLIT.split(match.group())
        if len(parts) == 1 or len(parts[0]) > 1:
            yield from parts
        if len(parts) > 1:
            yield "".join(parts)


def terms(text: str, *, keep_stop_words: bool = False) -> list[str]:
    """The stemmed words of a text in their order."""
    return [stem(word) for word in words_of(text) if keep_stop_words or word not in STOP_WORDS]


def singular(word: str) -> str:
    """A word without its plural: "mugs" is "mug". Less than a stem, which also makes "belted" a "belt"."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        return word[:-1]
    return word


def term_number(term: str) -> int:
    """A term's place in the sparse space: 32 bits of CRC, where 50,000 words collide 0.3 times."""
    return zlib.crc32(term.encode())


def document_vector(text: str, *, title: str = "") -> Sparse | None:
    """BM25 weights of a document; words of its title count twice. None when it has no words."""
    counts = Counter(terms(text))
    counts.update(terms(title))
    if not counts:
        return None
    length = _K1 * (1 - _B + _B * sum(counts.values()) / _AVERAGE_LENGTH)
    weights = {term_number(term): n * (_K1 + 1) / (n + length) for term, n in counts.items()}
    return _sparse(weights)


def query_vector(text: str, *, same: Iterable[str] = ()) -> Sparse | None:
    """Each different word of a query once, its synonyms weaker. None when only stop words are left.

    `same`: the store's own synonyms for words of the text, beside those that every shop has.
    """
    asked = terms(text)
    weights = {term_number(term): _SYNONYM_WEIGHT for term in [*synonyms(asked), *terms(" ".join(same))]}
    weights |= {term_number(term): 1.0 for term in asked}
    return _sparse(weights) if weights else None


def synonyms(asked: Iterable[str]) -> list[str]:
    """Other shops' words for the same things, as stems; without those that were said themselves."""
    said = set(asked)
    return [same for term in said for same in _SYNONYMS.get(term, ()) if same not in said]


def _groups(text: str) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for line in text.strip().splitlines():
        stems = [stem(word) for word in line.split()]
        groups |= {one: tuple(other for other in stems if other != one) for one in stems}
    return groups


_SYNONYM_WEIGHT = 0.6
# One thing under two names, most of them British and American. Wider kinship is the dense vector's work.
_SYNONYMS = _groups(
    """
    jumper sweater pullover
    trainers sneakers
    trousers pants
    rucksack backpack
    sofa couch
    torch flashlight
    telly television tv
    earphones earbuds
    purse handbag
    notebook laptop
    cellphone smartphone
    jewelry jewellery jewelery
    cosy cozy
    grey gray
    raincoat mackintosh
    tshirt tee
    duvet comforter
    nappy diaper
    pram stroller
    blanket throw
    """
)


def _sparse(weights: dict[int, float]) -> Sparse:
    numbers = sorted(weights)
    return Sparse(indices=numbers, values=[weights[number] for number in numbers])

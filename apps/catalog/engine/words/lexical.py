"""The lexical side: texts become terms, products and questions sparse vectors of them. The index adds IDF."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from typing import NamedTuple

from apps.catalog.engine.records import Sparse
from apps.catalog.engine.words.folding import fold, words
from apps.catalog.engine.words.languages import ENGLISH, STOP_WORDS, Language, singular
from apps.catalog.engine.words.synonyms import synonyms
from apps.catalog.engine.words.tokens import words_of
from apps.catalog.product import Product

__all__ = [
    "STOP_WORDS",
    "document_vector",
    "fold",
    "query_vector",
    "singular",
    "stem",
    "synonyms",
    "term_number",
    "terms",
    "words",
    "words_of",
]


class _Field(NamedTuple):
    """How much a word in a field counts, its usual number of words, and how much longer ones count less (0..1)."""

    weight: float
    length: float
    norm: float


# BM25F: the weighted counts of all fields are added, then saturate together. Round numbers, that hold for every
# half of the Icecat queries: what matters is that attributes count in full, and that their names do not.
_FIELDS = {
    "title": _Field(3.0, 10, 0.4),
    "brand": _Field(2.0, 1, 0.0),
    "category": _Field(3.0, 2, 0.3),
    "sku": _Field(0.5, 3, 0.5),
    "attributes": _Field(1.0, 40, 0.75),
    "features": _Field(0.5, 20, 0.75),
    "description": _Field(1.0, 20, 0.5),
}
_SATURATION = 0.8
_SYNONYM_WEIGHT = 0.6
# "head set" may be a headset.
_JOINED_WEIGHT = 0.6
# Attributes that only say whether there is one.
_YES = frozenset({"yes", "true", "y", "ja", "oui", "si"})
_NO = frozenset({"no", "false", "n", "nein", "non", "none", "n/a", "not available", "not supported", "-"})
# More are no question any more; what is left out of a long one says little.
_MOST_ASKED = 64


def terms(text: str, *, keep_stop_words: bool = False, language: Language = ENGLISH) -> list[str]:
    """The stemmed words of a text in their order."""
    dropped: frozenset[str] = frozenset() if keep_stop_words else language.stop_words
    return [language.stem(word) for word in words_of(text) if word not in dropped]


def stem(word: str) -> str:
    return ENGLISH.stem(word)


def term_number(term: str) -> int:
    """A term's place in the sparse space: 32 bits of CRC, where 50,000 words collide 0.3 times."""
    return zlib.crc32(term.encode())


def document_vector(product: Product, *, language: Language = ENGLISH) -> Sparse | None:
    """BM25F weights of a product's words. None when it has no words."""
    sums: dict[str, float] = defaultdict(float)
    for name, text in _texts(product):
        field = _FIELDS[name]
        counts = Counter(terms(text, language=language))
        length = 1 - field.norm + field.norm * counts.total() / field.length
        for term, count in counts.items():
            sums[term] += field.weight * count / length
    weights = {
        term_number(term): found * (_SATURATION + 1) / (found + _SATURATION) for term, found in sums.items()
    }
    return _sparse(weights)


def query_vector(text: str, *, same: Iterable[str] = (), language: Language = ENGLISH) -> Sparse | None:
    """Each different word of a query once, its synonyms weaker. None when only stop words are left.

    `same`: the store's own synonyms for words of the text, beside those that every shop has.
    """
    asked = list(dict.fromkeys(islice(terms(text, language=language), _MOST_ASKED)))
    others = [*synonyms(asked), *terms(" ".join(same), language=language)]
    weights = {term_number(term): _JOINED_WEIGHT for term in _neighbours(text, language)}
    weights |= {term_number(term): _SYNONYM_WEIGHT for term in others}
    weights |= {term_number(term): 1.0 for term in asked}
    return _sparse(weights)


def _neighbours(text: str, language: Language) -> Iterator[str]:
    for first, second in islice(pairwise(fold(text).split()), _MOST_ASKED):
        if first.isalpha() and second.isalpha() and not language.stop_words & {first, second}:
            yield language.stem(f"{first}{second}")


def _texts(product: Product) -> Iterator[tuple[str, str]]:
    """The fields that hold words. A number without its attribute's name says nothing, nor does the name of what
    a product does not have."""
    values: list[str] = []
    features: list[str] = []
    for name, value in product.attributes.items():
        folded = value.strip().casefold()
        if folded in _YES:
            features.append(name)
        elif folded not in _NO and any(char.isalpha() for char in folded):
            values.append(value)
    yield "title", product.title
    yield "brand", product.brand
    yield "category", product.category
    yield "sku", product.sku
    yield "attributes", " ; ".join(values)
    yield "features", " ; ".join(features)
    yield "description", product.description


def _sparse(weights: dict[int, float]) -> Sparse | None:
    if not weights:
        return None
    numbers = sorted(weights)
    return Sparse(indices=numbers, values=[weights[number] for number in numbers])

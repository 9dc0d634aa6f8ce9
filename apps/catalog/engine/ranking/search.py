"""Search in one store: hard limits, two rankings fused, and the honesty to return nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from apps.catalog.engine.embedding import EmbeddingService, to_bytes
from apps.catalog.engine.payload import to_product
from apps.catalog.engine.queries import Hit, SearchQuery, SearchResult
from apps.catalog.engine.ranking.rules import NO_RULES, Placed, Rules
from apps.catalog.engine.records import DEFAULT_WEIGHTS, AnyOf, Match, Payload, Weights, Where
from apps.catalog.engine.understanding.categories import (
    AUDIENCE,
    DESCRIBING,
    audience_terms,
    category_terms,
    head_of,
    is_audience,
    thing_phrase,
)
from apps.catalog.engine.understanding.conditions import conditions_of
from apps.catalog.engine.understanding.labels import chips_of
from apps.catalog.engine.understanding.vocabulary import CategoryName, Vocabularies
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.lexical import STOP_WORDS, query_vector, singular, stem, terms, words_of

Found = tuple[Payload, float]

# The hashing stand-in knows no meaning: it breaks ties.
_LEXICAL_ONLY = Weights(text=0.1, lexical=0.9)
# How many each ranking proposes; what is sorted by price is sorted among these.
_CANDIDATES = 100
_SORTED_CANDIDATES = 200
# How many more than are shown are looked at, since some may lie below the floor.
_SPARE = 12
# The relevance floor, in cosines of MiniLM between a query and a product's text.
_SURE = 0.43
_SURE_OF_A_WISH = 0.3
_LIKELY = 0.25
_BESIDE_THE_BEST = 0.45
_TITLE_CANDIDATES = 10
# "something for a rainy day" names no thing, so its cosines are low and nothing is missed by being generous.
_WISH = re.compile(r"\b(?:something|anything|what)\b", re.IGNORECASE)
# Words that ask for anything.
_ANYTHING = frozenset(terms("gift gifts present presents idea ideas surprise birthday christmas anniversary"))


class Searcher:
    def __init__(
        self, *, embeddings: EmbeddingService, vectors: VectorService, vocabularies: Vocabularies
    ) -> None:
        self._embeddings = embeddings
        self._vectors = vectors
        self._vocabularies = vocabularies

    def search(self, *, store_id: str, query: SearchQuery, rules: Rules = NO_RULES) -> SearchResult:
        """The products that keep every limit and mean what the text says, best first; or none."""
        vocabulary = self._vocabularies.of(store_id)
        category = vocabulary.category(query.category) if query.category else None
        if query.category and category is None:
            # A caller's own word for a category is no name of one here: it ranks, and hides nothing.
            text = f"{query.text} {query.category}".strip()
            query = query.model_copy(update={"category": None, "text": text})
        where = tuple(conditions_of(query, category))
        if query.text.strip() and not any(words_of(query.text)):
            found: list[Found] = []  # signs without a word: there is nothing that could fit them
        else:
            placed = rules.placed(query)
            # The next one takes the place of one that is buried.
            wanted = query.offset + query.limit + len(placed.buried)
            if _only_limits(query, category):
                found = self._browse(store_id, query, where, wanted)
            else:
                found = self._ranked(store_id, query, category, where, wanted, rules)
            found = self._arranged(store_id, found, where, placed)
        hits = [
            Hit(product=to_product(payload), score=score)
            for payload, score in found[query.offset : query.offset + query.limit]
        ]
        return SearchResult(hits=hits, query=query, chips=chips_of(query, vocabulary.currency))

    def misses_a_title(self, *, store_id: str, query: SearchQuery) -> bool:
        """True when a product is titled as the text says, but lies outside the category that the text names.

        "sleeping bag" is no bag: it says the category Bags, and only a tent's neighbour is called so.
        """
        category = self._vocabularies.of(store_id).category(query.category or "")
        phrase = frozenset(thing_phrase(query.text))
        if category is None or phrase <= category_terms(category) | DESCRIBING:
            return False
        matches = self._vectors.hybrid(
            store_id=store_id,
            where=(),
            dense=None,
            sparse=query_vector(" ".join(phrase)),
            limit=_TITLE_CANDIDATES,
            candidates=_TITLE_CANDIDATES,
        )
        titled = [match.payload for match in matches if phrase <= frozenset(terms(match.payload["title"]))]
        return bool(titled) and not any(category.key in payload["category_keys"] for payload in titled)

    def _ranked(
        self,
        store_id: str,
        query: SearchQuery,
        category: CategoryName | None,
        where: Where,
        wanted: int,
        rules: Rules,
    ) -> list[Found]:
        same = rules.same(query.text)
        candidates = max(_CANDIDATES if query.sort == "relevance" else _SORTED_CANDIDATES, wanted)
        matches = self._vectors.hybrid(
            store_id=store_id,
            where=where,
            dense=to_bytes(self._embeddings.query(_meaning(" ".join([query.text, *same])))),
            sparse=query_vector(query.text, same=same),
            limit=wanted + _SPARE if query.sort == "relevance" else candidates,
            candidates=candidates,
            weights=_LEXICAL_ONLY if self._embeddings.lexical_only else DEFAULT_WEIGHTS,
        )
        relevant = _relevant(matches, query.text, category, rules)
        return _sorted([(match.payload, match.score) for match in relevant], query)

    def _arranged(self, store_id: str, found: list[Found], where: Where, placed: Placed) -> list[Found]:
        """Pinned products first, in their order and where they keep every limit; buried ones last."""
        first: dict[str, Payload] = {}
        if placed.pinned:
            pinned = AnyOf("product_id", tuple(placed.pinned))
            matches = self._vectors.first(store_id=store_id, where=(*where, pinned), limit=len(placed.pinned))
            first = {str(payload["product_id"]): payload for _, payload in matches}
        scores = {str(payload["product_id"]): score for payload, score in found}
        places = [(first[id_], scores.get(id_, 0.0)) for id_ in placed.pinned if id_ in first]
        rest = [entry for entry in found if entry[0]["product_id"] not in first]
        return places + sorted(rest, key=lambda entry: entry[0]["product_id"] in placed.buried)

    def _browse(self, store_id: str, query: SearchQuery, where: Where, wanted: int) -> list[Found]:
        """Nothing but limits: the best rated first, or as the query sorts."""
        field, descending = _ORDERS[query.sort]
        found = self._vectors.ordered(
            store_id=store_id, where=where, field=field, descending=descending, limit=wanted
        )
        if len(found) < wanted:  # those without a price or a rating come last
            seen = {id_ for id_, _ in found}
            more = self._vectors.first(store_id=store_id, where=where, limit=wanted + len(seen))
            found += [entry for entry in more if entry[0] not in seen]
        return [(payload, 0.0) for _, payload in found]


def _only_limits(query: SearchQuery, category: CategoryName | None) -> bool:
    """True when no word is left to rank by: "the cheapest jackets" are all jackets, sorted by the index."""
    asked = frozenset(terms(query.text))
    if category is not None and query.sort != "relevance":
        asked = audience_terms(query.text) - category_terms(category)
    return not asked


def _meaning(text: str) -> str:
    """What is embedded: the model takes a "jumper" for one who jumps."""
    return _BRITISH.sub(lambda match: _AMERICAN[match.group().lower()], text)


_AMERICAN = {
    "jumper": "sweater", "jumpers": "sweaters", "trainers": "sneakers", "torch": "flashlight", "pram": "stroller",
    "telly": "television", "hoover": "vacuum cleaner", "duvet": "comforter", "mobile": "smartphone",
}  # fmt: skip
_BRITISH = re.compile(rf"\b(?:{'|'.join(_AMERICAN)})\b", re.IGNORECASE)


_ORDERS = {
    "relevance": ("rating", True),
    "rating": ("rating", True),
    "price_asc": ("price", False),
    "price_desc": ("price", True),
    "newest": ("created_s", True),
}


def _relevant(matches: Sequence[Match], text: str, category: CategoryName | None, rules: Rules) -> list[Match]:
    """The matches above the floor. Nothing above it is an answer too: the store does not carry that.

    Where the sentence named one of the store's own things ("jackets"), all of them are what was asked for, and
    the rest of the text ("warm") ranks them. Else a match must be sure by its meaning, or likely by its meaning
    and named by the words.
    """
    if category is not None and not is_audience(category):
        return list(matches)
    asked = _asked(text)
    if not asked:
        return list(matches)
    head = head_of(text)
    if _WISH.search(text):
        return [match for match in matches if _above_floor(match, asked, head, _SURE_OF_A_WISH, rules)]
    kept = [match for match in matches if _above_floor(match, asked, head, _SURE, rules)]
    # Beside a dog food, rice is no answer; where nothing fits well, all that fits somewhat is shown.
    return [match for match in kept if match.score >= kept[0].score * _BESIDE_THE_BEST]


def _above_floor(match: Match, asked: frozenset[str], head: str | None, sure: float, rules: Rules) -> bool:
    stems, words = _named(match.payload, rules)
    covered = len(asked & words) / len(asked)
    if match.dense is None:
        return covered == 1
    if match.dense >= sure:
        return True
    named = head is None or head in stems
    return named and covered >= 0.5 and match.dense >= _LIKELY + (1 - covered) * 0.2


def _asked(text: str) -> frozenset[str]:
    """The words that a product must answer to: not for whom, and not that it is a present."""
    return frozenset(
        singular(word)
        for word in words_of(text)
        if word not in STOP_WORDS and not ({stem(word)} | audience_terms(word)) & (_ANYTHING | AUDIENCE)
    )


def _named(payload: Payload, rules: Rules) -> tuple[frozenset[str], frozenset[str]]:
    """The stems and the words of a product's names. A description says too much: a bag for laptops is none."""
    attributes = payload.get("attributes", {})
    names = " ".join([payload["title"], payload["category"], payload["brand"], *attributes.values()])
    return _forms(" ".join([names, *rules.same(names)]))


@lru_cache(maxsize=4096)
def _forms(text: str) -> tuple[frozenset[str], frozenset[str]]:
    return audience_terms(text), frozenset(singular(word) for word in words_of(text))


def _sorted(found: list[Found], query: SearchQuery) -> list[Found]:
    """Stable, so that equals stay in the order of their relevance; what has no price or rating comes last."""
    if query.sort == "relevance":
        return found
    field, descending = _ORDERS[query.sort]
    sign = -1 if descending else 1

    def key(entry: Found) -> tuple[bool, float]:
        value = entry[0].get(field)
        return value is None, sign * (value or 0.0)

    return sorted(found, key=key)

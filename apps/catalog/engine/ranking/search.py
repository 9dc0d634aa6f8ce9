"""Search in one store: hard limits, two rankings fused, and the honesty to return nothing."""

from __future__ import annotations

import re

from apps.catalog.engine.embedding import EmbeddingService, to_bytes
from apps.catalog.engine.embedding.arrays import Vectors
from apps.catalog.engine.payload import RANKED_FIELDS, to_product
from apps.catalog.engine.queries import Hit, SearchQuery, SearchResult
from apps.catalog.engine.ranking.boosts import boost
from apps.catalog.engine.ranking.candidates import Candidate, best_first, candidate
from apps.catalog.engine.ranking.diversity import spread
from apps.catalog.engine.ranking.explain import reasons
from apps.catalog.engine.ranking.floor import above_floor, least_meaning
from apps.catalog.engine.ranking.known import known_items, names
from apps.catalog.engine.ranking.rules import NO_RULES, Placed, Rules
from apps.catalog.engine.records import DEFAULT_WEIGHTS, AnyOf, Match, Weights, Where
from apps.catalog.engine.understanding.categories import (
    DESCRIBING,
    audience_terms,
    category_terms,
    thing_phrase,
)
from apps.catalog.engine.understanding.limits.registry import chips_of, conditions_of
from apps.catalog.engine.understanding.vocabulary import CategoryName, Vocabularies
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.lexical import query_vector, terms, words_of

# The hashing stand-in knows no meaning: it breaks ties.
_LEXICAL_ONLY = Weights(text=0.1, lexical=0.9)
# What a picture shows decides between products that are described alike.
_PICTURE = 0.15
# How many each ranking proposes; what is sorted by price is sorted among these.
_CANDIDATES = 100
_SORTED_CANDIDATES = 200
# How many more than are shown are looked at, since some may lie below the floor.
_SPARE = 4
# What is boosted and spread is so among so many neighbours in the ranking, the same ones on whichever page.
_BLOCK = 20
_TITLE_CANDIDATES = 10


class Searcher:
    def __init__(
        self, *, embeddings: EmbeddingService, vectors: VectorService, vocabularies: Vocabularies
    ) -> None:
        self._embeddings = embeddings
        self._vectors = vectors
        self._vocabularies = vocabularies

    def search(
        self, *, store_id: str, query: SearchQuery, rules: Rules = NO_RULES, explain: bool = False
    ) -> SearchResult:
        """The products that keep every limit and mean what the text says, best first; or none.

        `explain`: each hit with the reasons for its place.
        """
        query, category = self._settled(store_id, query)
        found = self._found(store_id, query, category, rules)
        chips = chips_of(query, self._vocabularies.of(store_id).currency)
        limits = [chip.label for chip in chips]
        hits = [
            Hit(
                product=to_product(one.payload),
                score=min(1.0, one.total),
                reasons=reasons(one, query, rules, limits) if explain else None,
            )
            for one in found[query.offset : query.offset + query.limit]
        ]
        return SearchResult(hits=hits, query=query, chips=chips)

    def ranking(self, *, store_id: str, query: SearchQuery, depth: int) -> list[str]:
        """Product ids, deeper than any page: what `search` finds, and behind it what lies below its floor.

        For measuring the ranking itself; a shopper is shown `search` alone.
        """
        query, category = self._settled(store_id, query.model_copy(update={"offset": 0, "limit": depth}))
        found = [one.product_id for one in self._found(store_id, query, category, NO_RULES)]
        if any(words_of(query.text)):
            where = tuple(conditions_of(query))
            matches = self._matches(store_id, query, where, depth, NO_RULES)
            found += [str(match.payload["product_id"]) for match in matches]
        return list(dict.fromkeys(found))[:depth]

    def _settled(self, store_id: str, query: SearchQuery) -> tuple[SearchQuery, CategoryName | None]:
        """The query, and the store's own category that it names."""
        category = self._vocabularies.of(store_id).category(query.category) if query.category else None
        if query.category and category is None:
            # A caller's own word for a category is no name of one here: it ranks, and hides nothing.
            text = f"{query.text} {query.category}".strip()
            query = query.model_copy(update={"category": None, "text": text})
        return query, category

    def _found(
        self, store_id: str, query: SearchQuery, category: CategoryName | None, rules: Rules
    ) -> list[Candidate]:
        if query.text.strip() and not any(words_of(query.text)):
            return []  # signs without a word: there is nothing that could fit them
        where = tuple(conditions_of(query))
        placed = rules.placed(query)
        # With the buried ones, so that the next one takes a buried one's place.
        wanted = query.offset + query.limit + len(placed.buried)
        if _only_limits(query, category):
            found = self._browse(store_id, query, where, wanted)
        else:
            found = self._ranked(store_id, query, category, where, wanted, rules)
        return self._arranged(store_id, found, where, placed)

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
            sparse=query_vector(" ".join(phrase), language=self._vectors.language),
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
    ) -> list[Candidate]:
        # All with one question to the index.
        least = least_meaning(query.text, category, self._vectors.language, limited=query.is_limited)
        matches = self._matches(store_id, query, where, wanted, rules, named=names(query), least=least)
        known = known_items([match for match in matches if match.named], query)
        matches = [match for match in matches if not match.named]
        numbered = {one.product_id for one in known}
        others = [
            candidate(match)
            for match in above_floor(
                matches, query.text, category, rules, self._vectors.language, limited=query.is_limited
            )
            if match.payload["product_id"] not in numbered
        ]
        if query.sort != "relevance":
            return _sorted(known + others, query)
        return known + _reranked(others, query)

    def _matches(
        self,
        store_id: str,
        query: SearchQuery,
        where: Where,
        wanted: int,
        rules: Rules,
        *,
        named: Where = (),
        least: float = -1.0,
    ) -> list[Match]:
        """What is `named`, then what is near in meaning or in words, best first: all that is sorted, or whole
        blocks to rerank.
        """
        same = rules.same(query.text)
        by_relevance = query.sort == "relevance"
        candidates = max(_CANDIDATES if by_relevance else _SORTED_CANDIDATES, wanted)
        shown = self._shown(store_id, query.text)
        weights = _LEXICAL_ONLY if self._embeddings.lexical_only else DEFAULT_WEIGHTS
        return self._vectors.hybrid(
            store_id=store_id,
            where=where,
            image=None if shown is None else to_bytes(shown),
            dense=to_bytes(self._embeddings.query(_meaning(" ".join([query.text, *same])))),
            sparse=query_vector(query.text, same=same, language=self._vectors.language),
            limit=-(-wanted // _BLOCK) * _BLOCK + _SPARE if by_relevance else candidates,
            candidates=candidates,
            weights=weights if shown is None else weights._replace(image=_PICTURE),
            named=named,
            least=least,
            fields=RANKED_FIELDS,
        )

    def _shown(self, store_id: str, text: str) -> Vectors | None:
        """What pictures of the text look like; not made where the store has no picture to compare it with."""
        models = self._vocabularies.of(store_id).image_models
        return self._embeddings.image_query(text) if models and self._embeddings.image_model in models else None

    def _arranged(self, store_id: str, found: list[Candidate], where: Where, placed: Placed) -> list[Candidate]:
        """Pinned products first, in their order and where they keep every limit; buried ones last."""
        if not placed.pinned and not placed.buried:
            return found
        first: dict[str, Candidate] = {}
        if placed.pinned:
            pinned = AnyOf("product_id", tuple(placed.pinned))
            matches = self._vectors.first(store_id=store_id, where=(*where, pinned), limit=len(placed.pinned))
            first = {str(payload["product_id"]): Candidate(payload) for _, payload in matches}
        first |= {one.product_id: one for one in found if one.product_id in first}
        for id_, one in first.items():
            one.place = placed.pinned[id_]
        rest = [one for one in found if one.product_id not in first]
        for one in rest:
            one.place = placed.buried.get(one.product_id, one.place)
        places = [first[id_] for id_ in placed.pinned if id_ in first]
        return places + sorted(rest, key=lambda one: one.product_id in placed.buried)

    def _browse(self, store_id: str, query: SearchQuery, where: Where, wanted: int) -> list[Candidate]:
        """Nothing but limits: the best rated first, or as the query sorts; what it names by id, in that order."""
        if query.among and query.sort == "relevance":
            named = self._vectors.first(store_id=store_id, where=where, limit=len(query.among))
            return sorted(
                (Candidate(payload) for _, payload in named), key=lambda one: query.among.index(one.product_id)
            )
        field, descending = _ORDERS[query.sort]
        found = self._vectors.ordered(
            store_id=store_id, where=where, field=field, descending=descending, limit=wanted
        )
        if len(found) < wanted:  # those without a price or a rating come last
            seen = {id_ for id_, _ in found}
            more = self._vectors.first(store_id=store_id, where=where, limit=wanted + len(seen))
            found += [entry for entry in more if entry[0] not in seen]
        return [Candidate(payload) for _, payload in found]


def _reranked(found: list[Candidate], query: SearchQuery) -> list[Candidate]:
    """Block by block, so that a product is on one page only, whichever pages are asked for."""
    ordered: list[Candidate] = []
    for start in range(0, len(found), _BLOCK):
        block = found[start : start + _BLOCK]
        boost(block, query)
        block = best_first(block)
        spread(block, query.text)
        ordered += best_first(block)
    return ordered


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


def _sorted(found: list[Candidate], query: SearchQuery) -> list[Candidate]:
    """Stable, so that equals stay in the order of their relevance; what has no price or rating comes last."""
    field, descending = _ORDERS[query.sort]
    sign = -1 if descending else 1

    def key(one: Candidate) -> tuple[bool, float]:
        value = one.payload.get(field)
        return value is None, sign * (value or 0.0)

    return sorted(found, key=key)

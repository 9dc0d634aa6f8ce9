"""What the console's page Catalogue shows of a search: what was understood, the hits, and which rules acted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict

from apps.catalog import rulebook
from apps.catalog.api.asked import asked
from apps.catalog.api.parameters import SearchParameters, read
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.queries import Hit, SearchResult
from apps.catalog.engine.ranking.rules import Placed, phrase_of
from apps.catalog.engine.understanding.parsing import LONGEST_TEXT

HITS = 20
# What narrows a search by a click, and so leaves the address when its chip is removed.
_NARROWING = ("brand", "category", "color", "size")
_KNOWN = frozenset(SearchParameters.model_fields) - {"store", "limit", "explain"}


@dataclass(frozen=True)
class Removable:
    """A limit as a chip, and the address of the same search without it."""

    label: str
    href: str


@dataclass(frozen=True)
class ShownHit:
    """A hit, and the rule that gave it its place: `placed` is "pinned", "buried" or empty."""

    hit: Hit
    rank: int
    placed: str
    rule: str


@dataclass(frozen=True)
class Shown:
    """`phrase` is what a rule for exactly this search is for; empty where nothing but limits is asked."""

    result: SearchResult
    hits: list[ShownHit]
    chips: list[Removable]
    phrase: str
    synonyms: list[str]
    restore: str
    more: str


def cleaned(given: QueryDict) -> QueryDict:
    """The part of an address that is a search. Signs that nobody sees are nobody's wish."""
    kept = QueryDict(mutable=True)
    for name in _KNOWN & set(given):
        kept.setlist(name, ["".join(sign if sign.isprintable() else " " for sign in value) for value in given.getlist(name)])
    if "q" in kept:
        kept["q"] = kept["q"][:LONGEST_TEXT].strip()
    return kept


def shown(index: Catalog, *, store_id: str, given: QueryDict) -> Shown:
    """Raises `CatalogError`, or `BadParameterError` for an address that somebody has made up."""
    rulebook.forget(store_id)  # who has just changed a rule, perhaps in another process, sees it
    question = asked(index, store_id=store_id, given=read(SearchParameters, given))
    result = index.search(store_id=store_id, query=question.query.model_copy(update={"limit": HITS}))
    rules = rulebook.rules_of(store_id)
    places = rules.placed(result.query)
    return Shown(
        result=result,
        hits=list(_hits(result, places)),
        chips=[Removable(chip.label, _without(given, chip.key)) for chip in result.chips],
        phrase=phrase_of(result.query),
        synonyms=rules.same(result.query.text),
        restore=_address(given, drop=("without",)) if question.removed else "",
        more=_address(given, offset=str(result.query.offset + HITS)) if len(result.hits) == HITS else "",
    )


def narrowed(given: QueryDict, name: str, value: str) -> str:
    """The address of the same search within a category, a brand and so on."""
    address = given.copy()
    address.pop("offset", None)
    address[name] = value
    return f"?{address.urlencode()}"


def _hits(result: SearchResult, places: Placed) -> Iterator[ShownHit]:
    for rank, hit in enumerate(result.hits, result.query.offset + 1):
        id_ = hit.product.product_id
        if id_ in places.pinned:
            yield ShownHit(hit, rank, "pinned", places.pinned[id_])
        elif id_ in places.buried:
            yield ShownHit(hit, rank, "buried", places.buried[id_])
        else:
            yield ShownHit(hit, rank, "", "")


def _without(given: QueryDict, key: str) -> str:
    """The address without one limit, whether the sentence says it or a parameter."""
    address = given.copy()
    name, _, value = key.partition(":")
    if name in _NARROWING:
        address.setlist(name, [one for one in address.getlist(name) if value and one != value])
    for bound in (f"{name}_min", f"{name}_max", "in_stock" if name == "in_stock" else ""):
        address.pop(bound, None)
    address.setlist("without", [*dict.fromkeys([*address.getlist("without"), key])])
    address.pop("offset", None)
    return f"?{address.urlencode()}"


def _address(given: QueryDict, *, drop: tuple[str, ...] = (), **changed: str) -> str:
    address = given.copy()
    for name in (*drop, "offset"):
        address.pop(name, None)
    for name, value in changed.items():
        address[name] = value
    return f"?{address.urlencode()}"

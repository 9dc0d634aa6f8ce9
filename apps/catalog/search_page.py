"""What the console's page Catalogue shows of a search: what was understood, the hits, and which rules acted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from apps.catalog import rulebook
from apps.catalog.api.asked import asked
from apps.catalog.api.parameters import SearchParameters, read
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.facets import Facets, RangeCount, ValueCount
from apps.catalog.engine.queries import Hit, Reasons, SearchResult
from apps.catalog.engine.ranking.rules import Placed, phrase_of
from apps.catalog.engine.understanding.limits.price import money
from apps.catalog.engine.understanding.parsing import LONGEST_TEXT
from apps.catalog.why import Why, why

HITS = 20
_MOST_CHOICES = 12
_KNOWN = frozenset(SearchParameters.model_fields) - {"store", "limit", "explain"}


@dataclass(frozen=True)
class Link:
    """Another search, one step away from this one. `count`: how many products it has, where that is known."""

    label: str
    href: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True)
class ShownHit:
    """A hit, and the rule that gave it its place: `placed` is "pinned", "buried" or empty."""

    hit: Hit
    rank: int
    why: Why
    placed: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Shown:
    """`phrase` is what a rule for exactly this search is for; empty where nothing but limits is asked.

    `withheld`: how many pinned products are not there, since they break a limit or have left the catalogue.
    """

    result: SearchResult
    hits: list[ShownHit]
    chips: list[Link]
    choices: list[tuple[str, list[Link]]]
    phrase: str
    withheld: int
    synonyms: list[str]
    as_typed: str
    restore: str
    more: str


def cleaned(given: QueryDict) -> QueryDict:
    """The part of an address that is a search. Signs that nobody sees are nobody's wish."""
    kept = QueryDict(mutable=True)
    for name in sorted(_KNOWN & set(given)):
        values = (_readable(str(value)) for value in given.getlist(name))
        kept.setlist(name, [value for value in values if value])
    return kept


def _readable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:LONGEST_TEXT].strip()


def shown(index: Catalog, *, store_id: str, given: QueryDict, currency: str) -> Shown:
    """Raises `CatalogError`, or `BadParameterError` for an address that somebody has made up."""
    rulebook.forget(store_id)  # who has just changed a rule, perhaps in another process, sees it
    parameters = read(SearchParameters, given)
    query, removed, possible = asked(index, store_id=store_id, given=parameters)
    page: dict[str, Any] = {"limit": HITS, "offset": parameters.offset}
    query = query.model_copy(update=page | ({"sort": parameters.sort} if parameters.sort else {}))
    result = index.search(store_id=store_id, query=query, explain=True)
    if not possible:
        result = SearchResult(hits=[], query=query, chips=result.chips)
    rules = rulebook.rules_of(store_id)
    places = rules.placed(result.query)
    hits = list(_hits(result, places))
    return Shown(
        result=result,
        hits=hits,
        chips=[Link(chip.label, _without(given, chip.key)) for chip in result.chips],
        choices=list(_choices(index.facets(store_id=store_id, query=query), given, currency)),
        phrase=phrase_of(result.query),
        withheld=_withheld(hits, places) if not parameters.offset else 0,
        synonyms=rules.same(result.query.text),
        as_typed=_address(given, correct=["0"]) if query.corrected else "",
        restore=_address(given, without=[]) if removed else "",
        more=_address(given, offset=[str(parameters.offset + HITS)]) if len(result.hits) == HITS else "",
    )


def alike(hits: list[Hit]) -> list[ShownHit]:
    """What looks like a photo: there is nothing else to tell of it."""
    return [
        ShownHit(hit, rank, why(Reasons(image=hit.score, fused=hit.score), best_words=0.0))
        for rank, hit in enumerate(hits, 1)
    ]


def _hits(result: SearchResult, places: Placed) -> Iterator[ShownHit]:
    all_reasons = [hit.reasons or Reasons() for hit in result.hits]
    best_words = max((reasons.lexical or 0.0 for reasons in all_reasons), default=0.0)
    for rank, (hit, reasons) in enumerate(zip(result.hits, all_reasons, strict=True), result.query.offset + 1):
        id_, because = hit.product.product_id, why(reasons, best_words=best_words)
        if id_ in places.pinned:
            yield ShownHit(hit, rank, because, "pinned", places.pinned[id_])
        elif id_ in places.buried:
            yield ShownHit(hit, rank, because, "buried", places.buried[id_])
        else:
            yield ShownHit(hit, rank, because)


def _withheld(hits: list[ShownHit], places: Placed) -> int:
    """Of a first page, whose beginning all pinned products are."""
    return min(len(places.pinned), HITS) - sum(one.placed == "pinned" for one in hits)


def _choices(facets: Facets, given: QueryDict, currency: str) -> Iterator[tuple[str, list[Link]]]:
    """What this search can be narrowed to, where there is a choice."""
    groups = [
        ("Category", list(_values(facets.categories, given, "category"))),
        ("Brand", list(_values(facets.brands, given, "brand"))),
        ("Colour", list(_values(facets.colors, given, "color"))),
        ("Size", list(_values(facets.sizes, given, "size"))),
        ("Price", [_price(one, given, currency) for one in facets.prices]),
        ("Rating", [_rating(one, given) for one in facets.ratings]),
    ]
    yield from ((name, links) for name, links in groups if len(links) > 1 or any(link.current for link in links))


def _values(counts: Iterable[ValueCount], given: QueryDict, name: str) -> Iterator[Link]:
    for number, one in enumerate(counts):
        if number < _MOST_CHOICES:
            yield Link(one.value, _narrowed(given, name, one.value), one.count, one.value in given.getlist(name))


def _price(one: RangeCount, given: QueryDict, currency: str) -> Link:
    bounds = {"price_min": one.minimum, "price_max": one.maximum}
    texts = {name: f"{bound:g}" for name, bound in bounds.items() if bound is not None}
    current = all(given.get(name, "") == texts.get(name, "") for name in bounds)
    if one.minimum is None:
        label = f"up to {money(one.maximum or 0.0, currency)}"
    elif one.maximum is None:
        label = f"from {money(one.minimum, currency)}"
    else:
        label = f"{money(one.minimum, currency)} to {money(one.maximum, currency)}"
    changed = {name: [texts[name]] if name in texts else [] for name in bounds}
    return Link(label, _address(given, without=_still(given, "price"), **changed), one.count, current)


def _rating(one: RangeCount, given: QueryDict) -> Link:
    text = f"{one.minimum:g}"
    return Link(
        f"{text} stars and up", _narrowed(given, "rating_min", text), one.count, given.get("rating_min") == text
    )


def _narrowed(given: QueryDict, name: str, value: str) -> str:
    return _address(given, without=_still(given, name.removesuffix("_min")), **{name: [value]})


def _still(given: QueryDict, limit: str) -> list[str]:
    """What was removed stays removed, but for the limit that is set now."""
    return [key for key in given.getlist("without") if key.partition(":")[0] != limit]


def _without(given: QueryDict, key: str) -> str:
    """The address without one limit, whether the sentence says it or a parameter."""
    name, _, value = key.partition(":")
    left = [one for one in given.getlist(name) if value and one != value]
    keys = [*dict.fromkeys([*given.getlist("without"), key])]
    return _address(given, **{name: left, f"{name}_min": [], f"{name}_max": [], "without": keys})


def _address(given: QueryDict, **changed: list[str]) -> str:
    """The same search with these parameters instead, from its first page on."""
    address = given.copy()
    for name, values in {"offset": [], **changed}.items():
        address.pop(name, None)
        if values:
            address.setlist(name, values)
    return f"?{address.urlencode()}"

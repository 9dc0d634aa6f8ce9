"""Why a product is where it is."""

from __future__ import annotations

from apps.catalog.engine.queries import Reasons, SearchQuery
from apps.catalog.engine.ranking.candidates import Candidate
from apps.catalog.engine.ranking.rules import Rules
from apps.catalog.engine.records import Payload
from apps.catalog.engine.words.lexical import terms

_FIELDS = ("title", "brand", "category", "description")


def reasons(candidate: Candidate, query: SearchQuery, rules: Rules, limits: list[str]) -> Reasons:
    """`limits`: the labels of the limits, all of which the product keeps."""
    match = candidate.match
    said = " ".join([query.text, *rules.same(query.text)])
    return Reasons(
        text=match.dense if match else None,
        lexical=match.lexical if match else None,
        image=match.image if match else None,
        fused=candidate.score,
        boosts=candidate.boosts,
        place=candidate.place,
        words=_words(candidate.payload, said),
        limits=limits,
    )


def _words(payload: Payload, said: str) -> dict[str, list[str]]:
    """The stems of the question that each field of the product holds; fields that hold none are left out."""
    asked = list(dict.fromkeys(terms(said)))
    texts = {field: str(payload.get(field, "")) for field in _FIELDS}
    texts["attributes"] = " ".join(f"{name} {value}" for name, value in payload.get("attributes", {}).items())
    held = {field: frozenset(terms(text)) for field, text in texts.items()}
    words = {field: [word for word in asked if word in stems] for field, stems in held.items()}
    return {field: found for field, found in words.items() if found}

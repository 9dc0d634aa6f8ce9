"""What moves a product a little: its title is what was asked for, or it is sold out."""

from __future__ import annotations

from collections.abc import Sequence

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.ranking.candidates import Candidate, title_terms
from apps.catalog.engine.words.lexical import terms

# In units of the fused score, where neighbours in a good list lie 0.01 apart.
_EXACT_TITLE = 0.2
_OUT_OF_STOCK = -0.03


def boost(candidates: Sequence[Candidate], query: SearchQuery) -> None:
    asked = tuple(terms(query.text))
    for candidate in candidates:
        if asked and title_terms(candidate.payload["title"]) == asked:
            candidate.boosts["title"] = _EXACT_TITLE
        if query.in_stock is None and not candidate.payload.get("in_stock", 1):
            candidate.boosts["out_of_stock"] = _OUT_OF_STOCK

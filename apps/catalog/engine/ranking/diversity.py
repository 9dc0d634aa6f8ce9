"""Not ten variants of one product: those that differ in colour, size or amount make room for others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from apps.catalog.engine.ranking.candidates import Candidate, title_terms
from apps.catalog.engine.records import Payload
from apps.catalog.engine.understanding.categories import DESCRIBING
from apps.catalog.engine.words.amounts import is_amount
from apps.catalog.engine.words.lexical import terms

Family = tuple[str, frozenset[str]]

# The first two of a family stay; each further one loses this much more.
_STAY = 2
_EACH = -0.04
# From this share of the family's words on the question asks for exactly this family.
_ASKED_FOR = 0.6
_SIZE = re.compile(r"x{0,3}[sml]")


def spread(candidates: Sequence[Candidate], text: str) -> None:
    """`candidates` are sorted, best first."""
    asked = frozenset(terms(text))
    seen: Counter[Family] = Counter()
    for candidate in candidates:
        family = _family(candidate.payload)
        if not family[1] or len(family[1] & asked) >= _ASKED_FOR * len(family[1]):
            continue
        seen[family] += 1
        if seen[family] > _STAY:
            candidate.boosts["variant"] = _EACH * (seen[family] - _STAY)


def _family(payload: Payload) -> Family:
    """The brand, and the words of the title without colours, sizes and amounts: what variants differ in.

    A part number stays: it names a product of its own.
    """
    words = frozenset(title_terms(payload["title"])) - DESCRIBING
    name = frozenset(word for word in words if not is_amount(word) and not _SIZE.fullmatch(word))
    return str(payload.get("brand_key", "")), name

"""Which products a free text names by their titles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.catalog.engine.words.lexical import terms
from apps.catalog.product import Product

# What follows one of these in a title is an addition: "Harbour Rain Jacket, navy", "Mug (2 pieces)".
_ADDITION = re.compile(r"\s*[,(\[|:–—]|\s-\s")
# One common word is no name of a product.
_FEWEST_WORDS = 2


def mentioned(text: str, candidates: Sequence[Product], *, limit: int) -> list[Product]:
    """The products whose title, or its part before an addition, stands in the text; as the text names them.

    A title inside a longer one that is named too does not count: "Rain Jacket" in "Harbour Rain Jacket".
    """
    words = terms(text, keep_stop_words=True)
    found: list[tuple[int, int, Product]] = []
    for product in candidates:
        place = _place(words, product.title)
        if place is not None:
            found.append((*place, product))
    kept = [
        (start, end, product)
        for start, end, product in found
        if not any(s <= start and end <= e and (e - s) > (end - start) for s, e, _ in found)
    ]
    kept.sort(key=lambda entry: entry[0])
    return [product for _, _, product in kept[:limit]]


def _place(words: list[str], title: str) -> tuple[int, int] | None:
    short = _ADDITION.split(title, maxsplit=1)[0]
    for name in (title, short):
        wanted = terms(name, keep_stop_words=True)
        if name is short and len(wanted) < _FEWEST_WORDS and short != title:
            continue
        for start in range(len(words) - len(wanted) + 1):
            if wanted and words[start : start + len(wanted)] == wanted:
                return start, start + len(wanted)
    return None

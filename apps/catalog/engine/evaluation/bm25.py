"""The plain BM25 that search is compared with, as ../shared/reference/search_metrics.py defines it.

No stemming, no stop words, one field: not what we search with, and never to be improved.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable

_TOKEN = re.compile(r"[a-z0-9]+")
_K1 = 1.2
_B = 0.75


class PlainBM25:
    """An index over texts; `search` gives their places."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths: list[int] = []
        for place, text in enumerate(texts):
            counts = Counter(_TOKEN.findall(text.lower()))
            lengths.append(counts.total())
            for token, count in counts.items():
                self._postings[token].append((place, count))
        average = sum(lengths) / len(lengths) if lengths else 0.0
        total = len(lengths)
        self._norms = [_K1 * (1 - _B + _B * length / (average or 1.0)) for length in lengths]
        self._idf = {
            token: math.log(1 + (total - len(places) + 0.5) / (len(places) + 0.5))
            for token, places in self._postings.items()
        }

    def search(self, text: str, limit: int) -> list[int]:
        """The places of the best texts, best first; equals in their order."""
        scores: dict[int, float] = defaultdict(float)
        for token in _TOKEN.findall(text.lower()):
            for place, count in self._postings.get(token, ()):
                scores[place] += self._idf[token] * count * (_K1 + 1) / (count + self._norms[place])
        return sorted(scores, key=lambda place: (-scores[place], place))[:limit]

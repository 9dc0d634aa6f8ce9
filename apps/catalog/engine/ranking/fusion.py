"""Fuses the dense and the lexical ranking into one."""

from __future__ import annotations

from collections.abc import Sequence

Scored = tuple[str, float]
Fused = tuple[str, float, float | None, float | None]


def fuse(dense: Sequence[Scored], lexical: Sequence[Scored], *, dense_weight: float, limit: int) -> list[Fused]:
    """The best `limit` as (id, score, cosine, BM25); the score lies in 0..1 and orders the result.

    Both inputs are sorted, best first. A convex sum of the cosine and of the BM25 score over the best BM25
    score: unlike a fusion of ranks it keeps how much better the best one is. What only one list proposes
    gets at most the other list's last score, since it did not make it into that list.
    """
    cosine = dict(dense)
    bm25 = dict(lexical)
    best = lexical[0][1] if lexical and lexical[0][1] > 0 else 1.0
    floor = max(0.0, dense[-1][1]) if dense else 0.0
    fused: list[Fused] = []
    for id_ in cosine | bm25:
        meaning = max(0.0, cosine.get(id_, floor))
        words = bm25.get(id_, 0.0) / best
        if dense and lexical:
            score = dense_weight * meaning + (1 - dense_weight) * words
        else:
            score = meaning if dense else words
        fused.append((id_, score, cosine.get(id_), bm25.get(id_)))
    fused.sort(key=lambda entry: (-entry[1], entry[0]))
    return fused[:limit]

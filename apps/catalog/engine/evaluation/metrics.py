"""How good a ranking is by human judgements: nDCG, recall and coverage, as ../shared/reference defines them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.catalog.engine.evaluation.interchange import Judgements

# From this grade on a product is a right answer.
RELEVANT = 2
_TOP = 10
_DEEP = 100


@dataclass(frozen=True, slots=True)
class Scores:
    """nDCG@10 (what nobody judged counts 0), the same over the judged products alone, recall@100 of the right
    answers, and the share of judged products among the top ten."""

    ndcg: float
    ndcg_judged: float
    recall: float
    coverage: float

    def as_json(self) -> dict[str, float]:
        return {
            "ndcg@10": self.ndcg,
            "ndcg@10_judged": self.ndcg_judged,
            "recall@100": self.recall,
            "coverage@10": self.coverage,
        }


def counted(judgements: Judgements) -> list[str]:
    """The queries that count: those to which there is a right answer."""
    return [query for query, grades in judgements.items() if max(grades.values()) >= RELEVANT]


def score(ranked: Sequence[str], grades: Mapping[str, int]) -> Scores:
    """The scores of one ranking, best first; at least 1000 deep, or as deep as there is anything."""
    ideal = _dcg(sorted(grades.values(), reverse=True)[:_TOP])
    right = {product for product, grade in grades.items() if grade >= RELEVANT}
    judged = [product for product in ranked if product in grades]
    return Scores(
        ndcg=_dcg(grades.get(product, 0) for product in ranked[:_TOP]) / ideal,
        ndcg_judged=_dcg(grades[product] for product in judged[:_TOP]) / ideal,
        recall=len(right & set(ranked[:_DEEP])) / len(right),
        coverage=sum(product in grades for product in ranked[:_TOP]) / _TOP,
    )


def evaluate(rankings: Mapping[str, Sequence[str]], judgements: Judgements) -> Scores:
    """The means over the queries that count. A query without a ranking scores 0. ValueError: none counts."""
    queries = counted(judgements)
    if not queries:
        raise ValueError(f"No query has a judgement of {RELEVANT} or more.")
    scores = [score(rankings.get(query, ()), judgements[query]) for query in queries]
    return Scores(
        ndcg=sum(one.ndcg for one in scores) / len(scores),
        ndcg_judged=sum(one.ndcg_judged for one in scores) / len(scores),
        recall=sum(one.recall for one in scores) / len(scores),
        coverage=sum(one.coverage for one in scores) / len(scores),
    )


def _dcg(grades: Iterable[int]) -> float:
    return sum(((1 << grade) - 1) / math.log2(place + 2) for place, grade in enumerate(grades))

"""Part numbers: 500 SKUs of Icecat, exact, written otherwise and inside a sentence; each must come first."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable

from apps.catalog.product import Product
from benchmarks.report import Report
from benchmarks.search.icecat import STORE, indexed

_ROUNDS = 5
_QUESTIONS = 500
_BAR = 0.99
_SENTENCES = (
    "do you have {} in stock?",
    "I need a replacement for {} please",
    "how much is the {}",
    "looking for part number {}",
    "Hi, can you find me the {}?",
    "is {} available",
    "what does {} cost",
    "I would like to order {}",
)


def main() -> None:
    """Each round asks 500 other SKUs, each for the product that alone has it."""
    skus = _unique(indexed().products)
    report = Report("search-part-numbers")
    rounds: dict[str, list[float]] = {name: [] for name in (*_WAYS, "all")}
    for seed in range(_ROUNDS):
        chance = random.Random(seed)  # noqa: S311 - the same questions in every run
        asked = [*_WAYS] * (_QUESTIONS // len(_WAYS) + 1)
        hits: dict[str, list[bool]] = {name: [] for name in _WAYS}
        for way, product in zip(asked, chance.sample(skus, _QUESTIONS), strict=False):
            question = _WAYS[way](product.sku, chance)
            found = _first(question)
            hits[way].append(found == product.product_id)
            if found != product.product_id:
                print(f"missed ({way}): {question!r}")
        for way, found_all in hits.items():
            rounds[way].append(sum(found_all) / len(found_all))
        rounds["all"].append(sum(map(sum, hits.values())) / _QUESTIONS)
    for way in _WAYS:
        report.add(f"hit@1, {way}", rounds[way], unit="share")
    report.add("hit@1 of 500 part numbers", rounds["all"], unit="share", bar=_BAR, side="at least")
    report.finish()


def _first(question: str) -> str | None:
    catalog = indexed().catalog
    query = catalog.parse(store_id=STORE, text=question).model_copy(update={"limit": 1})
    hits = catalog.search(store_id=STORE, query=query).hits
    return hits[0].product.product_id if hits else None


def _unique(products: list[Product]) -> list[Product]:
    """The products whose SKU no other one has, and holds a digit."""
    counts = Counter(product.sku for product in products)
    return [product for product in products if counts[product.sku] == 1 and re.search(r"\d", product.sku)]


def _exact(sku: str, chance: random.Random) -> str:
    return sku


def _rewritten(sku: str, chance: random.Random) -> str:
    """Other case, or other hyphens: "TN-2110" is "tn-2110", "TN 2110", "TN2110"; "TN2110" is "TN-2110"."""
    ways: list[Callable[[str], str]] = [
        str.lower,
        str.upper,
        str.swapcase,
        lambda text: text.replace("-", " ") if "-" in text else text.replace(" ", "-"),
        lambda text: text.replace("-", ""),
        lambda text: re.sub(r"(?<=[A-Za-z])(?=\d)", "-", text, count=1),
    ]
    chance.shuffle(ways)
    return next((other for way in ways if (other := way(sku)) != sku), sku)


def _in_a_sentence(sku: str, chance: random.Random) -> str:
    return chance.choice(_SENTENCES).format(sku)


_WAYS: dict[str, Callable[[str, random.Random], str]] = {
    "exact": _exact,
    "rewritten": _rewritten,
    "in a sentence": _in_a_sentence,
}

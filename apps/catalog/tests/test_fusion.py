"""One ranking out of several: by meaning, by words, by picture."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from apps.catalog.engine.ranking.fusion import Scored, agreement, fuse, hybrid
from apps.catalog.engine.records import HybridRequest, Ids, Nearest, Sparse, Weights

EVEN = Weights(text=0.5, lexical=0.5)


def test_fusion_orders_by_both_and_keeps_what_only_one_has_found() -> None:
    fused = fuse({"text": {"a": 0.8, "b": 0.8}, "lexical": {"b": 8.0, "c": 4.0}}, weights=EVEN, limit=5)
    assert [entry.id for entry in fused] == ["b", "a", "c"]
    assert [(entry.text, entry.lexical) for entry in fused] == [(0.8, 8.0), (0.8, None), (None, 4.0)]
    assert all(0 <= entry.score <= 1 for entry in fused)
    assert len(fuse({"text": {"a": 0.9, "b": 0.5}}, weights=EVEN, limit=1)) == 1
    assert fuse({}, weights=EVEN, limit=5) == []


def test_one_channel_alone_scores_as_if_there_were_no_other() -> None:
    assert fuse({"text": {"a": 0.7}}, weights=EVEN, limit=5)[0].score == pytest.approx(0.7)
    assert fuse({"lexical": {"a": 9.0}}, weights=EVEN, limit=5)[0].score == pytest.approx(1.0)
    pictures = Weights(text=0.0, lexical=0.0, image=1.0)
    assert fuse({"image": {"a": 0.6}}, weights=pictures, limit=5)[0].score == pytest.approx(0.6)


def test_words_that_mean_something_else_weigh_less() -> None:
    words = {"gadget bag": 9.0}
    meant = {"usb hub": 0.6, "usb fan": 0.58}
    assert agreement({**meant, "gadget bag": 0.2}, words) < 0.5
    assert agreement({"gadget bag": 0.6, "purse": 0.5}, words) == 1.0
    fused = fuse({"text": {**meant, "gadget bag": 0.2}, "lexical": words}, weights=EVEN, limit=3)
    assert fused[0].id == "usb hub"


def request(candidates: int) -> HybridRequest:
    return HybridRequest(
        where=(), scope=(), dense=b"", sparse=Sparse([1], [1.0]), limit=10, candidates=candidates, weights=EVEN
    )


def test_what_the_words_propose_is_asked_for_its_meaning_too() -> None:
    asked: list[Nearest] = []
    answers: dict[tuple[str, bool], list[Scored]] = {
        ("text", False): [("a", 0.9), ("b", 0.8)],
        ("lexical", False): [("c", 5.0)],
        ("text", True): [("c", 0.4)],
    }

    def ask(wanted: Sequence[Nearest]) -> list[list[Scored]]:
        asked.extend(wanted)
        return [answers[one.channel, any(isinstance(c, Ids) for c in one.where)] for one in wanted]

    fused = {entry.id: entry for entry in hybrid(request(candidates=2), ask)}
    assert (fused["c"].text, fused["c"].lexical) == (0.4, 5.0)
    # The words proposed one of two that they might: they know no other, and are not asked again.
    assert [one.channel for one in asked] == ["text", "lexical", "text"]


def test_an_index_that_proposed_all_it_has_is_not_asked_again() -> None:
    def ask(wanted: Sequence[Nearest]) -> list[list[Scored]]:
        assert len(wanted) == 2
        return [[("a", 0.9)], [("b", 5.0)]]

    assert {entry.id for entry in hybrid(request(candidates=50), ask)} == {"a", "b"}

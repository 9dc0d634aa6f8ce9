"""Which questions a merchant's rules are for."""

from __future__ import annotations

from apps.catalog.engine.ranking.rules import Placement, Rules


def test_a_rule_is_for_the_question_however_it_is_said() -> None:
    rules = Rules(pinned=(Placement("red mugs", ("b", "a")), Placement("mug", ("c",))))
    assert rules.pinned_for("a Red Mug, please") == ["b", "a"]
    assert rules.pinned_for("mugs") == ["c"]
    assert rules.pinned_for("mug tree") == []


def test_a_rule_without_a_phrase_is_for_every_question_and_names_each_product_once() -> None:
    rules = Rules(buried=(Placement(" ", ("old",)), Placement("mug", ("cracked", "old"))))
    assert rules.buried_for("lamp") == ["old"]
    assert rules.buried_for("mug") == ["old", "cracked"]

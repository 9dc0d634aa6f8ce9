"""Adding, changing and pausing rules of search, and placing products on them."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import QuerySet

from apps.accounts.models import AuditLog, Store, User
from apps.accounts.tests.racing import at_once, failures
from apps.catalog import placing, rulebook, rules
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.ranking.rules import Rules
from apps.catalog.models import SearchRule
from apps.catalog.placing import Move
from apps.catalog.rules import Draft, Kind, Match, RuleError
from apps.catalog.runtime import build_catalog

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_rulebook(store: Store) -> None:
    rulebook.forget(str(store.pk))


def add(store: Store, *phrases: str, kind: SearchRule.Kind = Kind.PIN, **more: Any) -> SearchRule:
    return rules.add_rule(store=store, actor=None, draft=Draft(kind=kind, phrases=phrases, **more))


def deeds(store: Store) -> list[str]:
    return list(AuditLog.objects.filter(store=store).order_by("pk").values_list("action", flat=True))


def test_a_rule_is_kept_tidy_and_told(store: Store, owner: User) -> None:
    draft = Draft(
        kind=Kind.PIN, phrases=(" red   mug ", "red mug", "cup"), product_ids=("b", "a", "b"), note="  New "
    )
    rule = rules.add_rule(store=store, actor=owner, draft=draft)
    rule.refresh_from_db()
    assert (rule.phrases, rule.product_ids, rule.note) == (["red mug", "cup"], ["b", "a"], "New")
    assert rule.created_by == owner
    entry = AuditLog.objects.get()
    assert (entry.action, entry.target, entry.actor) == ("search_rule.added", "Pin: red mug, cup", owner)


@pytest.mark.parametrize(
    ("draft", "code", "field"),
    [
        (Draft(kind=Kind.PIN, phrases=()), "no_phrase", "phrases"),
        (Draft(kind=Kind.PIN, phrases=("the", "mug")), "no_phrase", "phrases"),
        (Draft(kind=Kind.PIN, phrases=("???",)), "no_phrase", "phrases"),
        (Draft(kind=Kind.PIN, phrases=("x" * 101,)), "phrase_too_long", "phrases"),
        (Draft(kind=Kind.PIN, phrases=tuple(f"mug {n}" for n in range(21))), "too_many_phrases", "phrases"),
        (Draft(kind=Kind.SYNONYM, phrases=("sofa",)), "no_phrase", "phrases"),
        (Draft(kind=Kind.SYNONYM, phrases=("sofa", "Sofas")), "no_phrase", "phrases"),
        (
            Draft(kind=Kind.PIN, phrases=("mug",), product_ids=tuple(str(n) for n in range(51))),
            "too_many_products",
            None,
        ),
    ],
)
def test_what_cannot_be_a_rule_is_said_where_it_was_typed(
    store: Store, draft: Draft, code: str, field: str | None
) -> None:
    with pytest.raises(RuleError) as caught:
        rules.add_rule(store=store, actor=None, draft=draft)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert not SearchRule.objects.exists()


def test_two_rules_are_never_for_the_same(store: Store, other_store: Store) -> None:
    add(store, "red mug", "cup")
    with pytest.raises(RuleError, match="already"):
        add(store, "Cup", " RED mug")
    add(store, "red mug", "cup", kind=Kind.BURY)
    add(store, "red mug", "cup", match=Match.WORDS)
    add(other_store, "red mug", "cup")


def test_a_store_has_a_limited_number_of_rules(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_RULES", 2)
    add(store, "mug")
    add(store, "cup")
    with pytest.raises(RuleError) as caught:
        add(store, "lamp")
    assert caught.value.code == "too_many_rules"


def test_the_database_itself_refuses_an_unknown_kind(store: Store) -> None:
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        SearchRule.objects.create(store=store, kind="push", phrases=["mug"], key="k")


def test_a_rule_is_changed_paused_and_deleted(store: Store) -> None:
    rule = add(store, "mug", product_ids=("a",))
    rules.change_rule(rule=rule, actor=None, draft=Draft(kind=Kind.BURY, phrases=("cup",), note="Why"))
    rule.refresh_from_db()
    assert (rule.kind, rule.phrases, rule.product_ids, rule.note) == ("pin", ["cup"], ["a"], "Why")
    rules.switch_rule(rule=rule, actor=None, active=False)
    rules.switch_rule(rule=rule, actor=None, active=False)
    assert not SearchRule.objects.get().active
    rules.delete_rule(rule=rule, actor=None)
    rules.delete_rule(rule=rule, actor=None)
    assert deeds(store) == [f"search_rule.{deed}" for deed in ("added", "changed", "paused", "deleted")]
    for change in (
        partial(rules.switch_rule, active=True),
        partial(placing.move, product_id="a", move=Move.ADD),
        partial(rules.change_rule, draft=Draft(kind=Kind.PIN, phrases=("mug",))),
    ):
        with pytest.raises(RuleError) as caught:
            change(rule=rule, actor=None)
        assert caught.value.code == "gone"


def test_products_are_placed_and_taken_back(store: Store) -> None:
    rule = placing.place(store=store, actor=None, kind=Kind.PIN, phrase="red mugs", product_id="a")
    placing.place(store=store, actor=None, kind=Kind.PIN, phrase="Red  mugs", product_id="b")
    placing.place(store=store, actor=None, kind=Kind.PIN, phrase="red mugs", product_id="a")
    assert SearchRule.objects.get().product_ids == ["a", "b"]
    placing.take_back(store=store, actor=None, rule_id=rule.pk, product_id="a")
    placing.take_back(store=store, actor=None, rule_id=rule.pk, product_id="a")
    assert SearchRule.objects.get().product_ids == ["b"]
    placing.take_back(store=store, actor=None, rule_id=rule.pk, product_id="b")
    placing.take_back(store=store, actor=None, rule_id=uuid.uuid4(), product_id="b")
    assert not SearchRule.objects.exists()


def test_a_pinned_product_that_is_buried_is_no_longer_pinned(store: Store) -> None:
    placing.place(store=store, actor=None, kind=Kind.PIN, phrase="mug", product_id="a")
    placing.place(store=store, actor=None, kind=Kind.BURY, phrase="mug", product_id="a")
    assert [(rule.kind, rule.product_ids) for rule in SearchRule.objects.all()] == [("bury", ["a"])]


def test_a_paused_rule_acts_again_when_a_product_is_placed_by_it(store: Store) -> None:
    rule = placing.place(store=store, actor=None, kind=Kind.PIN, phrase="mug", product_id="a")
    rules.switch_rule(rule=rule, actor=None, active=False)
    placing.place(store=store, actor=None, kind=Kind.PIN, phrase="mug", product_id="b")
    assert SearchRule.objects.get().active
    assert deeds(store)[-2:] == ["search_rule.resumed", "search_rule.changed"]


@pytest.mark.parametrize(
    ("product_id", "move", "expected"),
    [
        ("b", Move.UP, ["b", "a", "c"]),
        ("a", Move.UP, ["a", "b", "c"]),
        ("b", Move.DOWN, ["a", "c", "b"]),
        ("c", Move.DOWN, ["a", "b", "c"]),
        ("b", Move.REMOVE, ["a", "c"]),
        ("d", Move.ADD, ["a", "b", "c", "d"]),
        ("a", Move.ADD, ["a", "b", "c"]),
        ("x", Move.UP, ["a", "b", "c"]),
    ],
)
def test_products_are_put_in_order(store: Store, product_id: str, move: Move, expected: list[str]) -> None:
    rule = add(store, "mug", product_ids=("a", "b", "c"))
    placing.move(rule=rule, actor=None, product_id=product_id, move=move)
    assert SearchRule.objects.get().product_ids == expected


def test_another_stores_rule_is_not_touched(store: Store, other_store: Store) -> None:
    rule = placing.place(store=store, actor=None, kind=Kind.PIN, phrase="mug", product_id="a")
    placing.take_back(store=other_store, actor=None, rule_id=rule.pk, product_id="a")
    assert SearchRule.objects.get().product_ids == ["a"]


def test_a_rule_outlives_whoever_made_it(store: Store, owner: User) -> None:
    rules.add_rule(store=store, actor=owner, draft=Draft(kind=Kind.PIN, phrases=("mug",)))
    owner.delete()
    assert SearchRule.objects.get().created_by is None


@pytest.mark.django_db(transaction=True)
def test_six_who_pin_at_once_make_one_rule_with_six_products(store: Store) -> None:
    pin = partial(placing.place, store=store, actor=None, kind=Kind.PIN, phrase="mug")
    done = at_once(*(partial(pin, product_id=str(number)) for number in range(6)))
    assert not failures(done)
    assert sorted(SearchRule.objects.get().product_ids) == [str(number) for number in range(6)]


# --- What search knows of them ----------------------------------------------------------------------------
MUG = SearchQuery(text="mug")


def test_search_takes_the_rules_that_act_the_oldest_first(store: Store, other_store: Store) -> None:
    add(store, "mug", product_ids=("a",))
    add(store, "mugs", "cup", product_ids=("b",))
    add(store, "mug", kind=Kind.BURY, product_ids=("c",))
    add(store, "sofa", "couch", kind=Kind.SYNONYM)
    paused = add(store, "mug", "lamp", product_ids=("d",))
    rules.switch_rule(rule=paused, actor=None, active=False)
    add(other_store, "mug", product_ids=("e",))
    found = rulebook.rules_of(str(store.pk))
    assert list(found.placed(MUG).pinned) == ["a", "b"]
    assert list(found.placed(MUG).buried) == ["c"]
    assert found.synonyms == (("sofa", "couch"),)


def test_a_search_costs_no_statement_while_the_rules_are_known(
    store: Store, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        rulebook.rules_of(str(store.pk))
    with django_assert_num_queries(0):
        rulebook.rules_of(str(store.pk))


@pytest.mark.django_db(transaction=True)
def test_a_thread_of_search_sees_a_change_at_once_and_opens_no_connection_of_its_own(store: Store) -> None:
    def seen() -> tuple[Rules, bool]:
        return rulebook.rules_of(str(store.pk)), rulebook._is_connected()

    with ThreadPoolExecutor(max_workers=1) as search:
        assert search.submit(seen).result() == (Rules(), False)
        add(store, "mug", product_ids=("a",))
        found, connected = search.submit(seen).result()
    assert list(found.placed(MUG).pinned) == ["a"]
    assert not connected


def test_search_goes_on_with_what_it_knew_when_the_database_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, "mug", product_ids=("a",))
    known = rulebook.rules_of(str(store.pk))
    monkeypatch.setattr(rulebook, "_TTL_S", 0.0)
    rulebook.forget(str(store.pk))  # as a search in the console does

    def away(*_: Any) -> QuerySet[SearchRule]:
        raise DatabaseError("gone")

    monkeypatch.setattr(SearchRule.objects, "acting", away)
    assert rulebook.rules_of(str(store.pk)) == known


def test_everybody_who_searches_gets_the_rules(store: Store) -> None:
    add(store, "mug", product_ids=("a",))
    assert build_catalog()._rules(str(store.pk)) == rulebook.rules_of(str(store.pk)) != Rules()

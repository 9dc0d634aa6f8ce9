"""Products on rules: pinned and buried from a list of hits, and put in order on a rule's page."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from apps.accounts.database import one_transaction
from apps.accounts.models import Store, User
from apps.catalog.models import SearchRule, key_of
from apps.catalog.rules import (
    MOST_PRODUCTS,
    Draft,
    Kind,
    Match,
    RuleError,
    add_rule,
    delete_rule,
    fresh,
    lock,
    record,
)

_OPPOSITE = {Kind.PIN: Kind.BURY, Kind.BURY: Kind.PIN}


class Move(StrEnum):
    ADD = "add"
    REMOVE = "remove"
    UP = "up"
    DOWN = "down"


@one_transaction
def place(*, store: Store, actor: User | None, kind: SearchRule.Kind, phrase: str, product_id: str) -> SearchRule:
    """Pin or bury one product for exactly this phrase; it leaves the opposite rule. Raises `RuleError`."""
    lock(store)
    opposite = _for_phrase(store, _OPPOSITE[kind], phrase)
    if opposite is not None and product_id in opposite.product_ids:
        _take_off(opposite, product_id, actor)
    rule = _for_phrase(store, kind, phrase)
    if rule is None:
        draft = Draft(kind=kind, phrases=(phrase,), product_ids=(product_id,))
        return add_rule(store=store, actor=actor, draft=draft)
    if not rule.active:
        rule.active = True
        record(rule, actor, "resumed")
    _arrange(rule, [*rule.product_ids, product_id], actor)
    return rule


@one_transaction
def take_back(*, store: Store, actor: User | None, rule_id: UUID, product_id: str) -> None:
    """Take one product off a rule; a rule that is left without any goes. Doing it twice is doing it once."""
    lock(store)
    rule = SearchRule.objects.of(store).filter(pk=rule_id).exclude(kind=Kind.SYNONYM).first()
    if rule is not None and product_id in rule.product_ids:
        _take_off(rule, product_id, actor)


@one_transaction
def move(*, rule: SearchRule, actor: User | None, product_id: str, move: Move) -> SearchRule:
    """Add a product at the end, remove it, or change places with its neighbour. Raises `RuleError`."""
    now = fresh(rule)
    ids: list[str] = [*now.product_ids]
    if move == Move.ADD:
        _arrange(now, [*ids, product_id], actor)
    elif product_id in ids:
        place = ids.index(product_id)
        ids.remove(product_id)
        if move != Move.REMOVE:
            ids.insert(max(0, place - 1) if move == Move.UP else place + 1, product_id)
        _arrange(now, ids, actor)
    return now


def _arrange(rule: SearchRule, product_ids: list[str], actor: User | None) -> None:
    before = rule.product_ids
    rule.product_ids = list(dict.fromkeys(product_ids))
    if len(rule.product_ids) > MOST_PRODUCTS:
        raise RuleError("too_many_products", f"A rule has at most {MOST_PRODUCTS} products.")
    rule.save(update_fields=["product_ids", "active", "updated_at"])
    if rule.product_ids != before:
        record(rule, actor, "changed", changes={"product_ids": [before, rule.product_ids]})


def _take_off(rule: SearchRule, product_id: str, actor: User | None) -> None:
    left = [id_ for id_ in rule.product_ids if id_ != product_id]
    if left:
        _arrange(rule, left, actor)
    else:
        delete_rule(rule=rule, actor=actor)


def _for_phrase(store: Store, kind: SearchRule.Kind, phrase: str) -> SearchRule | None:
    """The rule that is for this phrase alone."""
    return SearchRule.objects.of(store).filter(kind=kind, key=key_of([phrase], Match.WHOLE)).first()

"""What people do with a store's rules of search: add, change, pause and delete them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from apps.accounts import audit
from apps.accounts.database import one_transaction
from apps.accounts.models import Store, User
from apps.catalog.engine.words.lexical import terms
from apps.catalog.models import SearchRule, key_of
from apps.catalog.rulebook import forget

MOST_RULES = 500
MOST_PHRASES = 20
MOST_PRODUCTS = 50
LONGEST_PHRASE = 100
Kind, Match = SearchRule.Kind, SearchRule.Match


class RuleError(Exception):
    """A rule that cannot be: `code` for programs, `text` for the person, `field` where it was typed.

    Codes: no_phrase, phrase_too_long, too_many_phrases, too_many_products, too_many_rules, exists, gone.
    """

    retryable = False

    def __init__(self, code: str, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.code, self.text, self.field = code, text, field


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A rule as somebody wants it, not yet checked."""

    kind: SearchRule.Kind
    phrases: tuple[str, ...]
    product_ids: tuple[str, ...] = ()
    match: SearchRule.Match = Match.WHOLE
    note: str = ""


@one_transaction
def add_rule(*, store: Store, actor: User | None, draft: Draft) -> SearchRule:
    """Raises `RuleError`."""
    lock(store)
    rule = _filled(SearchRule(store=store, created_by=actor), draft)
    if SearchRule.objects.of(store).count() >= MOST_RULES:
        raise RuleError("too_many_rules", f"A store has at most {MOST_RULES} rules. Delete one first.")
    rule.save(force_insert=True)
    record(rule, actor, "added")
    return rule


@one_transaction
def change_rule(*, rule: SearchRule, actor: User | None, draft: Draft) -> SearchRule:
    """Its kind and its products stay. Raises `RuleError`, with `gone` when somebody deleted it meanwhile."""
    now = fresh(rule)
    before = {name: getattr(now, name) for name in ("phrases", "match", "note")}
    _filled(now, replace(draft, kind=SearchRule.Kind(now.kind), product_ids=tuple(now.product_ids))).save()
    changes = {name: [was, getattr(now, name)] for name, was in before.items() if getattr(now, name) != was}
    record(now, actor, "changed", changes=changes)
    return now


@one_transaction
def switch_rule(*, rule: SearchRule, actor: User | None, active: bool) -> SearchRule:
    """Pause it, or let it act again. Raises `RuleError(gone)`."""
    now = fresh(rule)
    if now.active != active:
        now.active = active
        now.save(update_fields=["active", "updated_at"])
        record(now, actor, "resumed" if active else "paused")
    return now


@one_transaction
def delete_rule(*, rule: SearchRule, actor: User | None) -> None:
    """Deleting it twice is deleting it once."""
    lock(rule.store)
    gone, _ = SearchRule.objects.filter(pk=rule.pk).delete()
    if gone:
        record(rule, actor, "deleted")


def _filled(rule: SearchRule, draft: Draft) -> SearchRule:
    """`rule` with what the draft says; raises `RuleError` for what cannot be."""
    synonym = draft.kind == Kind.SYNONYM
    rule.kind, rule.note = draft.kind, " ".join(draft.note.split())[:200]
    rule.phrases = _phrases(draft)
    rule.match = Match.WHOLE if synonym else draft.match
    rule.product_ids = [] if synonym else _each_once(draft.product_ids)
    rule.key = key_of(rule.phrases, rule.match)
    if len(rule.product_ids) > MOST_PRODUCTS:
        raise RuleError("too_many_products", f"A rule has at most {MOST_PRODUCTS} products.")
    if SearchRule.objects.twins(rule).exists():
        raise RuleError("exists", "There is a rule for exactly this already: change that one.", "phrases")
    return rule


def _phrases(draft: Draft) -> list[str]:
    phrases = _each_once(" ".join(phrase.split()) for phrase in draft.phrases)
    wordless = next((phrase for phrase in phrases if not terms(phrase)), None)
    if wordless is not None:
        raise RuleError("no_phrase", f"“{wordless[:40]}” has no word that search looks for.", "phrases")
    if any(len(phrase) > LONGEST_PHRASE for phrase in phrases):
        raise RuleError("phrase_too_long", f"A phrase has at most {LONGEST_PHRASE} letters.", "phrases")
    if len(phrases) > MOST_PHRASES:
        raise RuleError("too_many_phrases", f"A rule has at most {MOST_PHRASES} phrases.", "phrases")
    if draft.kind == Kind.SYNONYM and len({frozenset(terms(phrase)) for phrase in phrases}) < 2:
        raise RuleError("no_phrase", "Write at least two different words, with a comma between them.", "phrases")
    if not phrases:
        raise RuleError("no_phrase", "What do shoppers ask for?", "phrases")
    return phrases


def _each_once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in (text.strip() for text in texts) if text))


def lock(store: Store) -> None:
    """Two who add the same rule, or the last that fits, wait for each other."""
    Store.objects.select_for_update().get(pk=store.pk)


def fresh(rule: SearchRule) -> SearchRule:
    """The rule as it is now, its store locked. Raises `RuleError(gone)`."""
    lock(rule.store)
    now = SearchRule.objects.filter(pk=rule.pk).select_related("store").first()
    if now is None:
        raise RuleError("gone", "Somebody deleted this rule meanwhile.")
    return now


def record(rule: SearchRule, actor: User | None, deed: str, **data: Any) -> None:
    """What was done, for the trail, and for the next search of this process once it is committed."""
    audit.record(store=rule.store, actor=actor, action=f"search_rule.{deed}", target=str(rule), **data)
    transaction.on_commit(lambda: forget(str(rule.store_id)))

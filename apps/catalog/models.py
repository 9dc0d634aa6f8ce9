"""A merchant's rules of search. Products themselves live in the index only."""

from __future__ import annotations

import hashlib
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.accounts.fields import IdentifierField
from apps.accounts.models import Store
from apps.catalog.engine.words.lexical import fold


class SearchRuleQuerySet(models.QuerySet["SearchRule"]):
    def of(self, store: Store) -> SearchRuleQuerySet:
        """The rules of a store, by kind, the oldest first: that is also their order of precedence."""
        return self.filter(store=store).order_by("kind", "created_at", "pk")

    def acting(self, store_id: str) -> SearchRuleQuerySet:
        """Those that search keeps, in the same order."""
        return self.filter(store_id=store_id, active=True).order_by("kind", "created_at", "pk")

    def twins(self, rule: SearchRule) -> SearchRuleQuerySet:
        """Other rules of the store that are for exactly the same."""
        return self.filter(store_id=rule.store_id, kind=rule.kind, key=rule.key).exclude(pk=rule.pk)


class SearchRule(models.Model):
    """One wish of a store for its search: products first, products last, or words that mean the same.

    `phrases`: what shoppers ask for (each for itself), or the words that mean the same. `product_ids`: in order;
    none for synonyms.
    """

    class Kind(models.TextChoices):
        PIN = "pin", "Pin"
        BURY = "bury", "Bury"
        SYNONYM = "synonym", "Synonyms"

    class Match(models.TextChoices):
        WHOLE = "whole", "they ask for exactly this"
        WORDS = "words", "all its words are among theirs"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="search_rules")
    kind = IdentifierField(max_length=10, choices=Kind.choices)
    phrases = models.JSONField(default=list, help_text="What shoppers ask for, or the words that mean the same")
    match = IdentifierField(max_length=10, choices=Match.choices, default=Match.WHOLE)
    product_ids = models.JSONField(default=list, blank=True, help_text="In their order; none for synonyms")
    active = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True, help_text="Why it is there, for colleagues")
    key = IdentifierField(
        max_length=32, editable=False, help_text="Of the phrases, so that no two rules are for the same"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SearchRuleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "kind", "key"], name="one_search_rule_for_the_same"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["pin", "bury", "synonym"]), name="search_rule_of_a_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {', '.join(self.phrases)}"


def key_of(phrases: list[str], match: str) -> str:
    """The same for the same phrases in another order, case or spacing."""
    same = sorted(" ".join(fold(phrase).split()) for phrase in phrases)
    return hashlib.sha256("\0".join([match, *same]).encode()).hexdigest()[:32]

"""Stores: made, renamed, entered."""

from __future__ import annotations

from django.db import transaction

from apps.accounts import audit
from apps.accounts.members import settle_staff
from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import Role


@transaction.atomic
def create_store(*, owner: User, name: str, currency: str = "USD") -> Store:
    """Make a store with `owner` as its first owner. `currency` is an ISO 4217 code."""
    store = Store.objects.create(name=name, currency=currency)
    Membership.objects.create(user=owner, store=store, role=Role.OWNER.value)
    settle_staff(user=owner)
    audit.record(store=store, actor=owner, action="store.created", target=name)
    return store


@transaction.atomic
def update_store(*, store: Store, actor: User, name: str, currency: str) -> None:
    """Change what the store is called and the currency that its prices are in."""
    changes = {
        field: [before, after]
        for field, before, after in (("name", store.name, name), ("currency", store.currency, currency))
        if before != after
    }
    if not changes:
        return
    store.name, store.currency = name, currency
    store.save(update_fields=["name", "currency"])
    audit.record(store=store, actor=actor, action="store.updated", target=name, changes=changes)

"""Stores: made, renamed, entered."""

from __future__ import annotations

from apps.accounts import audit
from apps.accounts.database import one_transaction
from apps.accounts.members import settle_staff
from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import Role


@one_transaction
def create_store(*, owner: User, name: str, currency: str = "USD") -> Store:
    """Make a store with `owner` as its first owner. `currency` is an ISO 4217 code."""
    store = Store.objects.create(name=name, currency=currency)
    Membership.objects.create(user=owner, store=store, role=Role.OWNER.value)
    settle_staff(user=owner)
    audit.record(store=store, actor=owner, action="store.created", target=name)
    return store


@one_transaction
def update_store(*, store: Store, actor: User, name: str, currency: str) -> None:
    """Change what the store is called and the currency that its prices are in."""
    now = Store.objects.select_for_update().get(pk=store.pk)
    changes = {
        field: [before, after]
        for field, before, after in (("name", now.name, name), ("currency", now.currency, currency))
        if before != after
    }
    store.name, store.currency = name, currency
    if not changes:
        return
    store.save(update_fields=["name", "currency"])
    audit.record(store=store, actor=actor, action="store.updated", target=name, changes=changes)

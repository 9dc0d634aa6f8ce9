"""A store's wishes for its desk."""

from __future__ import annotations

from apps.accounts import audit
from apps.accounts.database import one_transaction
from apps.accounts.models import Store, User
from apps.hitl.models import HitlSettings


def of(*, store: Store) -> HitlSettings:
    """The store's settings, or the defaults."""
    return HitlSettings.objects.filter(store=store).first() or HitlSettings(store=store)


@one_transaction
def change(*, store: Store, actor: User, remind_after_s: int) -> HitlSettings:
    settings, _ = HitlSettings.objects.update_or_create(store=store, defaults={"remind_after_s": remind_after_s})
    audit.record(store=store, actor=actor, action="desk.changed", remind_after_s=remind_after_s)
    return settings

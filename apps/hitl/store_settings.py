"""A store's wishes for its desk."""

from __future__ import annotations

from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import Store, User
from apps.hitl.models import HitlSettings


def of(*, store: Store) -> HitlSettings:
    """The store's settings, or the defaults."""
    return HitlSettings.objects.filter(store=store).first() or HitlSettings(store=store)


@transaction.atomic
def change(*, store: Store, actor: User, remind_after_s: int) -> HitlSettings:
    settings, _ = HitlSettings.objects.update_or_create(store=store, defaults={"remind_after_s": remind_after_s})
    audit.record(store=store, actor=actor, action="desk.changed", remind_after_s=remind_after_s)
    return settings

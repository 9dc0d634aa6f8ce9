"""Who may answer for which store: members whose role allows it, and superusers everywhere."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import ROLE_PERMISSIONS, Permission

ANSWERING_ROLES = [
    role.value for role, allowed in ROLE_PERMISSIONS.items() if Permission.ANSWER_ESCALATIONS in allowed
]


def answerable_stores(user: User | AnonymousUser) -> list[Store]:
    """The stores whose escalations `user` may see and answer, by name; none for strangers."""
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        return []
    stores = Store.objects.order_by("name")
    if user.is_superuser:
        return list(stores)
    return list(stores.filter(memberships__user=user, memberships__role__in=ANSWERING_ROLES))


def may_answer(user: User | AnonymousUser, store_id: UUID) -> bool:
    """Whether `user` may see and answer the escalations of the store."""
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        return False
    if user.is_superuser:
        return True
    return Membership.objects.filter(user=user, store_id=store_id, role__in=ANSWERING_ROLES).exists()

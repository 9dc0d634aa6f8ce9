"""Who is at the desk: a person is online while one of their desk pages beats.

Pages beat every `BEAT_EVERY`; a lost page (a closed lid, a dead network) ends by itself after `ONLINE_FOR`, a
closed one after `GRACE`, which is long enough to go from one desk page to the next. When one of several pages
closes, the others beat at once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import Membership, User
from apps.hitl.access import ANSWERING_ROLES
from apps.hitl.models import AgentPresence

BEAT_EVERY = timedelta(seconds=20)
ONLINE_FOR = timedelta(seconds=50)
GRACE = timedelta(seconds=5)


def beat(*, user: User) -> bool:
    """Note that `user` is at the desk. True when they were not online before."""
    now = timezone.now()
    was_online = AgentPresence.objects.filter(user=user, seen_at__gt=now - ONLINE_FOR).exists()
    AgentPresence.objects.update_or_create(user=user, defaults={"seen_at": now})
    return not was_online


def leave(*, user: User) -> None:
    """One of the person's pages closed: they are gone after the grace, unless another page beats meanwhile."""
    AgentPresence.objects.filter(user=user).update(seen_at=timezone.now() - ONLINE_FOR + GRACE)


def online_people(*, store_ids: Collection[UUID]) -> list[User]:
    """Who is at the desk and may answer for one of the stores, by name."""
    if not store_ids:
        return []
    members = Membership.objects.filter(store_id__in=store_ids, role__in=ANSWERING_ROLES).values("user")
    people = User.objects.filter(
        Q(is_superuser=True) | Q(pk__in=members),
        is_active=True,
        is_staff=True,
        agentpresence__seen_at__gt=timezone.now() - ONLINE_FOR,
    )
    return sorted(people, key=lambda person: person.display_name.lower())


def anybody_online(*, store_id: UUID) -> bool:
    return bool(online_people(store_ids=[store_id]))

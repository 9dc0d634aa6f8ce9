"""Two people at the same moment: what a team promises holds on every database."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError
from django.utils import timezone

from apps.accounts import members
from apps.accounts.models import Invitation, Membership, Store, User
from apps.accounts.permissions import Role
from apps.accounts.tests.racing import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)


def _invitation(store: Store, user: User, role: Role = Role.AGENT) -> Invitation:
    later = timezone.now() + timedelta(days=1)
    return Invitation.objects.create(store=store, email=user.email, role=role.value, expires_at=later)


def _codes(results: object) -> list[str]:
    assert isinstance(results, list)
    assert all(isinstance(error, members.MemberError) for error in failures(results)), results
    return sorted(error.code for error in failures(results) if isinstance(error, members.MemberError))


def _second_owner(store: Store) -> Membership:
    user = User.objects.create(email="second@example.com")
    return Membership.objects.create(user=user, store=store, role=Role.OWNER.value)


def test_the_last_two_owners_cannot_both_leave(store: Store, owner: User) -> None:
    places = [Membership.objects.get(user=owner), _second_owner(store)]
    done = at_once(*(partial(members.remove, membership=place, actor=place.user) for place in places))
    assert _codes(done) == ["last_owner"]
    assert Membership.objects.filter(store=store, role=Role.OWNER.value).count() == 1


def test_the_last_two_owners_cannot_step_back_both(store: Store, owner: User) -> None:
    places = [Membership.objects.get(user=owner), _second_owner(store)]
    step_back = partial(members.change_role, actor=owner, role=Role.VIEWER)
    assert _codes(at_once(*(partial(step_back, membership=place) for place in places))) == ["last_owner"]


def test_who_became_the_last_owner_while_a_page_was_open_stays(store: Store, owner: User, viewer: User) -> None:
    as_the_page_knows_it = Membership.objects.get(user=viewer)
    members.change_role(membership=Membership.objects.get(user=viewer), actor=owner, role=Role.OWNER)
    members.remove(membership=Membership.objects.get(user=owner), actor=owner)
    with pytest.raises(members.MemberError, match="needs an owner"):
        members.remove(membership=as_the_page_knows_it, actor=viewer)


def test_who_is_gone_has_no_role_to_change(store: Store, owner: User, viewer: User) -> None:
    place = Membership.objects.get(user=viewer)
    members.remove(membership=Membership.objects.get(user=viewer), actor=owner)
    with pytest.raises(members.MemberError, match="not in the team"):
        members.change_role(membership=place, actor=owner, role=Role.AGENT)


def test_an_invitation_opens_the_door_once(store: Store, stranger: User) -> None:
    invitation = _invitation(store, stranger)
    done = at_once(*[partial(members.accept, invitation=invitation, user=stranger)] * 5)
    assert _codes(done) == ["withdrawn"] * 4
    assert Membership.objects.filter(user=stranger, store=store).count() == 1


def test_two_invitations_to_one_address_are_one(store: Store, owner: User) -> None:
    emails = ("new@example.com", "New@Example.com", "NEW@example.com")
    done = at_once(
        *(partial(members.invite, store=store, actor=owner, email=email, role=Role.AGENT) for email in emails)
    )
    assert not failures(done)
    assert Invitation.objects.filter(store=store).count() == 1


def test_one_address_makes_one_person_in_whatever_case(db: None) -> None:
    done = at_once(*(partial(User.objects.create, email=email) for email in ("Ann@x.example", "ann@X.example")))
    assert [type(error) for error in failures(done)] == [IntegrityError]
    assert User.objects.get().email == "ann@x.example"


def test_who_joins_one_store_while_leaving_another_keeps_the_right_door(
    store: Store, other_store: Store, owner: User, stranger: User
) -> None:
    for _ in range(5):
        old = Membership.objects.create(user=stranger, store=other_store, role=Role.AGENT.value)
        invitation = _invitation(store, stranger)
        done = at_once(
            partial(members.accept, invitation=invitation, user=User.objects.get(pk=stranger.pk)),
            partial(members.remove, membership=Membership.objects.get(pk=old.pk), actor=owner),
        )
        assert not failures(done)
        stranger.refresh_from_db()
        assert stranger.is_staff
        members.remove(membership=Membership.objects.get(user=stranger, store=store), actor=owner)
        stranger.refresh_from_db()
        assert not stranger.is_staff

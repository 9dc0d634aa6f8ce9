"""A store's team: invitations, roles, leaving; and that a store never loses its last owner."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.accounts import members
from apps.accounts.models import AuditLog, Invitation, Membership, Store, User
from apps.accounts.permissions import Role

pytestmark = pytest.mark.django_db


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _invite(store: Store, owner: User, email: str, role: Role = Role.AGENT) -> Invitation:
    return members.invite(store=store, actor=owner, email=email, role=role)


def test_an_owner_invites_and_the_person_joins_by_the_link(owner: User, store: Store, stranger: User) -> None:
    page = _as(owner).post("/console/team/", {"email": "Stranger@Example.com", "role": "agent"}, follow=True)
    token = Invitation.objects.get().token
    assert f"http://testserver/console/join/{token}/" in page.content.decode()
    answer = _as(stranger).post(f"/console/join/{token}/", follow=True)
    assert "Welcome to Corner Shop." in answer.content.decode()
    assert answer.context["store"] == store
    assert Membership.objects.get(user=stranger).role == "agent"
    assert [entry.action for entry in AuditLog.objects.filter(store=store)] == ["member.joined", "member.invited"]


def test_where_mail_is_sent_the_invitation_goes_by_mail(owner: User, store: Store) -> None:
    page = _as(owner).post("/console/team/", {"email": "new@example.com", "role": "agent"}, follow=True)
    assert "Invitation sent to new@example.com." in page.content.decode()
    (letter,) = mail.outbox
    assert letter.to == ["new@example.com"]
    assert letter.subject == "Join Corner Shop on eaichat"
    assert f"http://testserver/console/join/{Invitation.objects.get().token}/" in str(letter.body)


def test_a_store_s_name_cannot_write_headers_into_the_mail(owner: User, store: Store) -> None:
    Store.objects.filter(pk=store.pk).update(name="Shop\nBcc: everybody@example.com")
    _as(owner).post("/console/team/", {"email": "new@example.com", "role": "agent"})
    (letter,) = mail.outbox
    assert letter.subject == "Join Shop Bcc: everybody@example.com on eaichat"
    assert letter.recipients() == ["new@example.com"]


@pytest.mark.parametrize(
    "backend",
    ["django.core.mail.backends.dummy.EmailBackend", "django.core.mail.backends.smtp.EmailBackend"],
    ids=["no mail set up", "a mail server that refuses"],
)
def test_where_no_mail_goes_out_the_owner_hears_to_send_the_link(
    owner: User, store: Store, settings: Settings, unused_tcp_port: int, backend: str
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = backend, "127.0.0.1", unused_tcp_port
    page = _as(owner).post("/console/team/", {"email": "new@example.com", "role": "agent"}, follow=True)
    assert "Invitation made. Send its link to new@example.com." in page.content.decode()
    assert Invitation.objects.filter(email="new@example.com").exists()


def test_an_invitation_works_once(owner: User, store: Store, stranger: User) -> None:
    token = _invite(store, owner, stranger.email).token
    client = _as(stranger)
    client.post(f"/console/join/{token}/")
    assert client.post(f"/console/join/{token}/").status_code == 404


def test_opening_the_link_alone_joins_nobody(owner: User, store: Store, stranger: User, client: Client) -> None:
    token = _invite(store, owner, stranger.email).token
    assert "Create an account" in client.get(f"/console/join/{token}/").content.decode()
    client.post(f"/console/join/{token}/")
    _as(stranger).get(f"/console/join/{token}/")
    assert not stranger.memberships.exists()


def test_an_invitation_is_for_its_own_person(owner: User, store: Store, stranger: User) -> None:
    token = _invite(store, owner, "somebody.else@example.com").token
    page = _as(stranger).post(f"/console/join/{token}/").content.decode()
    assert "This invitation is for somebody.else@example.com" in page
    assert not stranger.memberships.exists()


def test_an_old_invitation_is_refused(owner: User, store: Store, stranger: User) -> None:
    invitation = _invite(store, owner, stranger.email)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "expired" in _as(stranger).post(f"/console/join/{invitation.token}/").content.decode()
    assert not stranger.memberships.exists()


def test_a_second_invitation_replaces_the_first(owner: User, store: Store, stranger: User) -> None:
    first, second = (_invite(store, owner, stranger.email).token for _ in range(2))
    client = _as(stranger)
    assert client.get(f"/console/join/{first}/").status_code == 404
    assert client.get(f"/console/join/{second}/").status_code == 200


def test_a_withdrawn_invitation_is_dead(owner: User, store: Store, stranger: User) -> None:
    invitation = _invite(store, owner, stranger.email)
    _as(owner).post(f"/console/invitations/{invitation.pk}/withdraw/")
    assert _as(stranger).get(f"/console/join/{invitation.token}/").status_code == 404


def test_an_invitation_that_is_withdrawn_while_it_is_accepted_is_dead(
    owner: User, store: Store, stranger: User
) -> None:
    invitation = members.invite(store=store, actor=owner, email=stranger.email, role=Role.OWNER)
    read_by_the_page = Invitation.objects.get(pk=invitation.pk)
    members.withdraw(invitation=invitation, actor=owner)
    with pytest.raises(members.MemberError) as refused:
        members.accept(invitation=read_by_the_page, user=stranger)
    assert refused.value.code == "withdrawn"
    assert not store.memberships.filter(user=stranger).exists()


def test_members_are_not_invited_again(owner: User, agent: User) -> None:
    page = _as(owner).post("/console/team/", {"email": agent.email, "role": "viewer"}).content.decode()
    assert "is already in this team" in page
    assert not Invitation.objects.exists()


def test_an_invitation_never_lowers_a_member_s_role(owner: User, store: Store, stranger: User) -> None:
    invitation = _invite(store, owner, stranger.email, Role.VIEWER)
    Membership.objects.create(user=stranger, store=store, role=Role.MANAGER.value)
    assert members.accept(invitation=invitation, user=stranger).role == "manager"


@pytest.mark.parametrize("role", ["manager", "agent", "viewer"])
def test_only_owners_change_the_team(role: str, request: pytest.FixtureRequest, owner: User, store: Store) -> None:
    client = _as(request.getfixturevalue(role))
    place = Membership.objects.get(user=owner)
    client.post("/console/team/", {"email": "x@example.com", "role": "owner"})
    assert client.post(f"/console/team/{place.pk}/role/", {"role": "viewer"}).status_code == 403
    client.post(f"/console/team/{place.pk}/remove/")
    page = client.get("/console/team/").content.decode()
    assert "Make invitation" not in page
    assert not Invitation.objects.exists()
    assert Membership.objects.get(user=owner).role == "owner"


def test_the_team_of_another_store_is_out_of_reach(owner: User, other_store: Store, stranger: User) -> None:
    place = Membership.objects.create(user=stranger, store=other_store, role=Role.VIEWER.value)
    client = _as(owner)
    assert client.post(f"/console/team/{place.pk}/role/", {"role": "owner"}).status_code == 404
    assert client.post(f"/console/team/{place.pk}/remove/").status_code == 404
    place.refresh_from_db()
    assert place.role == "viewer"


def test_a_role_is_changed_and_written_down(owner: User, agent: User, store: Store) -> None:
    place = Membership.objects.get(user=agent)
    page = _as(owner).post(f"/console/team/{place.pk}/role/", {"role": "viewer"}, follow=True)
    assert "Agent is now viewer." in page.content.decode()
    assert AuditLog.objects.get(store=store).data == {"changes": {"role": ["agent", "viewer"]}}


def test_who_may_answer_shoppers_may_enter_the_admin_and_nobody_else(
    owner: User, agent: User, store: Store
) -> None:
    place = Membership.objects.get(user=agent)
    members.change_role(membership=place, actor=owner, role=Role.VIEWER)
    assert not User.objects.get(pk=agent.pk).is_staff
    members.change_role(membership=Membership.objects.get(user=agent), actor=owner, role=Role.AGENT)
    assert User.objects.get(pk=agent.pk).is_staff
    members.remove(membership=Membership.objects.get(user=agent), actor=owner)
    assert not User.objects.get(pk=agent.pk).is_staff


def test_leaving_one_store_keeps_the_admin_for_another(agent: User, owner: User, other_store: Store) -> None:
    Membership.objects.create(user=agent, store=other_store, role=Role.AGENT.value)
    members.remove(membership=Membership.objects.get(user=agent, store__name="Corner Shop"), actor=owner)
    assert User.objects.get(pk=agent.pk).is_staff


def test_people_may_leave_by_themselves(viewer: User) -> None:
    client = _as(viewer)
    place = Membership.objects.get(user=viewer)
    assert client.post(f"/console/team/{place.pk}/remove/").status_code == 302
    assert not viewer.memberships.exists()


@pytest.mark.parametrize("deed", ["role", "remove"])
def test_the_last_owner_stays_owner(owner: User, deed: str) -> None:
    place = Membership.objects.get(user=owner)
    page = _as(owner).post(f"/console/team/{place.pk}/{deed}/", {"role": "viewer"}, follow=True)
    assert "A store needs an owner." in page.content.decode()
    assert Membership.objects.get(user=owner).role == "owner"


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_leave_one(owner: User, manager: User, store: Store) -> None:
    Membership.objects.filter(user=manager).update(role=Role.OWNER.value)
    places = list(Membership.objects.filter(store=store))
    start, refused = threading.Barrier(2), []

    def go(place: Membership) -> None:
        start.wait()
        try:
            members.remove(membership=place, actor=owner)
        except members.MemberError as error:
            refused.append(error.code)
        connection.close()

    threads = [threading.Thread(target=go, args=(place,)) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["last_owner"]
    assert Membership.objects.filter(store=store).count() == 1

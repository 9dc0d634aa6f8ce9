"""The people of a store: their roles, and the invitations that bring them in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from apps.accounts import audit
from apps.accounts.database import one_transaction
from apps.accounts.models import Invitation, Membership, Store, User
from apps.accounts.permissions import ROLE_PERMISSIONS, Permission, Role

INVITATION_LIFE = timedelta(days=7)


class MemberError(Exception):
    """A change to a team that cannot be: `code` for programs, `text` for the person who tried it.

    Codes: already_member, last_owner, no_member, expired, withdrawn, wrong_person.
    """

    retryable = False

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def settle_staff(*, user: User) -> None:
    """Let exactly those into the admin who may answer escalations somewhere; superusers always.

    Two stores may settle the same person at once: the second one waits for the person's row, and sees both.
    """
    now = User.objects.select_for_update().get(pk=user.pk)
    roles = now.memberships.values_list("role", flat=True)
    answers = any(Permission.ANSWER_ESCALATIONS in ROLE_PERMISSIONS[Role(role)] for role in roles)
    user.is_staff = answers or now.is_superuser
    if now.is_staff != user.is_staff:
        user.save(update_fields=["is_staff"])


@one_transaction
def invite(*, store: Store, actor: User, email: str, role: Role) -> Invitation:
    """Ask the person at `email` to join; a second invitation to the same address replaces the first.

    Raises MemberError(already_member).
    """
    email = email.strip().lower()
    _lock_team(store.pk)
    if store.memberships.filter(user__email=email).exists():
        raise MemberError("already_member", f"{email} is already in this team.")
    store.invitations.filter(email=email).delete()
    invitation = Invitation.objects.create(
        store=store, email=email, role=role.value, invited_by=actor, expires_at=timezone.now() + INVITATION_LIFE
    )
    audit.record(store=store, actor=actor, action="member.invited", target=email, role=role.value)
    return invitation


@one_transaction
def withdraw(*, invitation: Invitation, actor: User) -> None:
    """Take an invitation back: its link stops working."""
    _lock_team(invitation.store_id)
    gone, _ = Invitation.objects.filter(pk=invitation.pk).delete()
    if gone:
        audit.record(store=invitation.store, actor=actor, action="invitation.withdrawn", target=invitation.email)


@one_transaction
def accept(*, invitation: Invitation, user: User) -> Membership:
    """Join the store. The link works once, for the address that it was made for, until it expires.

    Raises MemberError(expired | withdrawn | wrong_person). Somebody who is a member already keeps their role.
    """
    if invitation.expires_at <= timezone.now():
        raise MemberError("expired", "This invitation has expired. Ask for a new one.")
    if invitation.email != user.email.lower():
        raise MemberError(
            "wrong_person", f"This invitation is for {invitation.email}, and you are signed in as {user.email}."
        )
    _lock_team(invitation.store_id)
    # The page was opened before this transaction: an owner may have taken the invitation back since.
    gone, _ = Invitation.objects.filter(pk=invitation.pk).delete()
    if not gone:
        raise MemberError("withdrawn", "This invitation was used, withdrawn or replaced. Ask for a new one.")
    membership, joined = Membership.objects.get_or_create(
        user=user, store=invitation.store, defaults={"role": invitation.role}
    )
    if joined:
        settle_staff(user=user)
        audit.record(
            store=invitation.store, actor=user, action="member.joined", target=user.email, role=membership.role
        )
    return membership


@one_transaction
def change_role(*, membership: Membership, actor: User, role: Role) -> Membership:
    """Give a member another role; returns their place. Raises MemberError(last_owner | no_member)."""
    membership = _locked(membership)
    if membership.role == role.value:
        return membership
    if role is not Role.OWNER:
        _keep_an_owner(membership)
    before, membership.role = membership.role, role.value
    membership.save(update_fields=["role"])
    settle_staff(user=membership.user)
    audit.record(
        store=membership.store,
        actor=actor,
        action="member.role_changed",
        target=membership.user.email,
        changes={"role": [before, role.value]},
    )
    return membership


@one_transaction
def remove(*, membership: Membership, actor: User) -> None:
    """Take a person out of the team; their account stays. Raises MemberError(last_owner | no_member)."""
    membership = _locked(membership)
    _keep_an_owner(membership)
    store, user = membership.store, membership.user
    membership.delete()
    settle_staff(user=user)
    audit.record(store=store, actor=actor, action="member.removed", target=user.email)


def _lock_team(store_id: UUID) -> None:
    """Who changes a team waits here for who changes it already, also two owners who remove each other."""
    Store.objects.select_for_update().get(pk=store_id)


def _locked(membership: Membership) -> Membership:
    """The member's place as it is now, which stays so until the transaction ends."""
    _lock_team(membership.store_id)
    found = Membership.objects.select_related("store", "user").filter(pk=membership.pk).first()
    if found is None:
        raise MemberError("no_member", "This person is not in the team any more.")
    return found


def _keep_an_owner(membership: Membership) -> None:
    others = Membership.objects.filter(store=membership.store_id, role=Role.OWNER.value).exclude(pk=membership.pk)
    if membership.role == Role.OWNER.value and not others.exists():
        raise MemberError("last_owner", "A store needs an owner. Make somebody else an owner first.")

"""The demo's accounts, with a password that everybody may know."""

from __future__ import annotations

from typing import NamedTuple

from apps.accounts.members import settle_staff
from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import Role

PASSWORD = "eaichat-demo"  # noqa: S105 - documented on purpose; people are asked to change it


class DemoAccount(NamedTuple):
    email: str
    name: str
    role: Role
    superuser: bool
    what: str
    password: str = PASSWORD


DEMO_ACCOUNTS = (
    DemoAccount("owner@demo.eaichat.local", "Olivia Hart", Role.OWNER, True, "owner: console and admin"),
    DemoAccount("agent@demo.eaichat.local", "Sam Rivera", Role.AGENT, False, "agent: answers shoppers"),
)


def plant_accounts(*, store: Store) -> None:
    """Make the accounts that are missing. One that is there keeps its password, name and role."""
    for account in DEMO_ACCOUNTS:
        user = User.objects.filter(email=account.email).first()
        if user is None:
            user = User.objects.create_user(
                account.email,
                account.password,
                name=account.name,
                is_superuser=account.superuser,
                is_staff=account.superuser,
            )
        _, joined = Membership.objects.get_or_create(user=user, store=store, defaults={"role": account.role.value})
        if joined:
            settle_staff(user=user)


def with_known_password() -> list[DemoAccount]:
    """The accounts that anybody can sign in to: those whose password was never changed."""
    people = {user.email: user for user in User.objects.filter(email__in=[it.email for it in DEMO_ACCOUNTS])}
    return [
        account
        for account in DEMO_ACCOUNTS
        if account.email in people and people[account.email].check_password(account.password)
    ]

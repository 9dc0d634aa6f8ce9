"""The table of who may do what, written out once more: a change to it must be meant."""

import pytest

from apps.accounts.models import Membership
from apps.accounts.permissions import ROLE_DESCRIPTIONS, ROLE_PERMISSIONS, Permission, Role

ANYBODY = {"store.view"}
AGENT = ANYBODY | {"conversations.read", "escalations.answer"}
MANAGER = AGENT | {"connectors.manage", "catalogue.manage", "assistant.manage", "widget.manage", "audit.view"}
OWNER = MANAGER | {"store.manage", "members.manage"}


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.VIEWER, ANYBODY), (Role.AGENT, AGENT), (Role.MANAGER, MANAGER), (Role.OWNER, OWNER)],
)
def test_each_role_may_do_exactly_this(role: Role, expected: set[str]) -> None:
    assert {permission.value for permission in ROLE_PERMISSIONS[role]} == expected


def test_every_role_is_in_the_table_and_is_explained() -> None:
    assert set(ROLE_PERMISSIONS) == set(ROLE_DESCRIPTIONS) == set(Role)


def test_a_membership_allows_what_its_role_allows() -> None:
    agent = Membership(role=Role.AGENT.value)
    assert agent.allows(Permission.ANSWER_ESCALATIONS)
    assert not agent.allows(Permission.MANAGE_CONNECTORS)

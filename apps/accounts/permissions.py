"""Who may do what in a store: one table."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    AGENT = "agent"
    VIEWER = "viewer"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class Permission(StrEnum):
    VIEW_STORE = "store.view"
    MANAGE_STORE = "store.manage"
    MANAGE_MEMBERS = "members.manage"
    MANAGE_CONNECTORS = "connectors.manage"
    MANAGE_CATALOGUE = "catalogue.manage"
    MANAGE_ASSISTANT = "assistant.manage"
    MANAGE_WIDGET = "widget.manage"
    READ_CONVERSATIONS = "conversations.read"
    ANSWER_ESCALATIONS = "escalations.answer"
    VIEW_AUDIT = "audit.view"


_VIEWER = frozenset({Permission.VIEW_STORE})
_AGENT = _VIEWER | {Permission.READ_CONVERSATIONS, Permission.ANSWER_ESCALATIONS}
_MANAGER = _AGENT | {
    Permission.MANAGE_CONNECTORS,
    Permission.MANAGE_CATALOGUE,
    Permission.MANAGE_ASSISTANT,
    Permission.MANAGE_WIDGET,
    Permission.VIEW_AUDIT,
}
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.AGENT: _AGENT,
    Role.MANAGER: _MANAGER,
    Role.OWNER: frozenset(Permission),
}
ROLE_DESCRIPTIONS: dict[Role, str] = {
    Role.OWNER: "Everything, also the team and the store itself.",
    Role.MANAGER: "Connectors, search rules, assistant and widget; reads and answers conversations.",
    Role.AGENT: "Reads conversations and answers shoppers who ask for a person.",
    Role.VIEWER: "Looks, and changes nothing.",
}

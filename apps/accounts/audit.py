"""The audit trail: who did what in which store."""

from typing import Any

from apps.accounts.models import AuditLog, Store, User


def record(*, store: Store | None, actor: User | None, action: str, target: str = "", **data: Any) -> AuditLog:
    """Write one entry. Call it inside the transaction of the deed; never put a secret into `data`."""
    return AuditLog.objects.create(store=store, actor=actor, action=action, target=target[:200], data=data)

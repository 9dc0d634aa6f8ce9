"""What a person may change about their own account."""

from __future__ import annotations

from django.db import transaction

from apps.accounts import audit
from apps.accounts.models import User


@transaction.atomic
def rename(*, user: User, name: str) -> None:
    """Change the name that shoppers and colleagues see."""
    if user.name == name:
        return
    before, user.name = user.name, name
    user.save(update_fields=["name"])
    audit.record(
        store=None, actor=user, action="user.renamed", target=user.email, changes={"name": [before, name]}
    )

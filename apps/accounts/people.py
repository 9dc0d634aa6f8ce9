"""What a person may change about their own account."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from rest_framework.request import Request

from apps.accounts import audit
from apps.accounts.database import one_transaction
from apps.accounts.models import User


def signed_in(request: HttpRequest | Request) -> User:
    """The person behind a request that a login check has let through; PermissionDenied for nobody."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


@one_transaction
def rename(*, user: User, name: str) -> None:
    """Change the name that shoppers and colleagues see."""
    before = User.objects.select_for_update().get(pk=user.pk).name
    user.name = name
    if before == name:
        return
    user.save(update_fields=["name"])
    audit.record(
        store=None, actor=user, action="user.renamed", target=user.email, changes={"name": [before, name]}
    )

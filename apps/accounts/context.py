"""What the console's base page needs, added to every template's context."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from apps.accounts.console import entries_for
from apps.accounts.models import Membership, Store, User


def console(request: HttpRequest) -> dict[str, Any]:
    """`store`, `membership`, `nav` (entry, url, current) and `stores`, on pages behind `console_view`."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {}
    links = [(entry, reverse(entry.url_name)) for entry in entries_for(membership)]
    # The longest address that the page's own starts with is its entry; home, a prefix of all, only when exact.
    home = reverse("console_home")
    inside = [url for _, url in links if request.path.startswith(url) and (url != home or request.path == home)]
    current = max(inside, key=len, default="")
    return {
        "store": membership.store,
        "membership": membership,
        "nav": [{"entry": entry, "url": url, "current": url == current} for entry, url in links],
        "stores": _stores(request),
    }


def _stores(request: HttpRequest) -> list[Store]:
    return list(Store.objects.for_user(request.user)) if isinstance(request.user, User) else []

"""What `manage.py check` says of the console: pages that nobody mounted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error
from django.urls import NoReverseMatch, reverse

from apps.accounts.console import registered


def check_console_addresses(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every registered page and step needs an address: without one, each console page would fail on its links."""
    problems: list[CheckMessage] = []
    for item in registered():
        try:
            reverse(item.url_name)
        except NoReverseMatch:
            hint = f"Mount the URL named {item.url_name!r}, or take the registration out of the app's ready()."
            problems.append(Error(f"The console's {item} has no address.", hint=hint, id="console.E001"))
    return problems

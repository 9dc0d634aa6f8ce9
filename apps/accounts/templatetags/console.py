"""Template words of the console: `{% icon %}`, `ago`, the time as people say it, and the like."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts import mailing
from apps.accounts.models import AuditLog

register = template.Library()

_STEPS = [(60, 1, "second"), (3600, 60, "minute"), (86_400, 3600, "hour"), (30 * 86_400, 86_400, "day")]


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside words, hidden from screen readers; `name` is a symbol of static/img/icons.svg."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """ "5 minutes ago" with the exact time on hover; a date when it is over a month old; a dash for None."""
    if moment is None:
        return "—"
    words = _words((timezone.now() - moment).total_seconds()) or f"{moment:%d %b %Y}".lstrip("0")
    exact = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), f"{exact:%Y-%m-%d %H:%M:%S %Z}", words
    )


def _words(seconds: float) -> str:
    if abs(seconds) < 10:
        return "just now"
    for limit, size, unit in _STEPS:
        if abs(seconds) < limit:
            count = int(abs(seconds) // size)
            number = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"{number} ago" if seconds > 0 else f"in {number}"
    return ""


@register.filter
def deed(entry: AuditLog) -> str:
    """What an audit entry says was done: `member.role_changed` reads "Member role changed"."""
    return entry.action.replace(".", " ").replace("_", " ").capitalize()


@register.filter
def detail(entry: AuditLog) -> str:
    """Its changes, each as "role: agent → manager"."""
    changes = entry.data.get("changes")
    if not isinstance(changes, dict):
        return ""
    pairs = [(field, pair) for field, pair in changes.items() if isinstance(pair, list) and len(pair) == 2]
    return " · ".join(f"{field}: {_value(before)} → {_value(after)}" for field, (before, after) in pairs)


def _value(value: Any) -> str:
    return "nothing" if value in (None, "", []) else str(value)


@register.filter
def web_address(address: str) -> str:
    """`address` when following it opens a page; empty for anything else: products come from foreign platforms."""
    return address if address.startswith(("https://", "http://", "/")) else ""


@register.simple_tag
def mail_goes_to_log() -> bool:
    """Whether this installation prints its mail instead of sending it."""
    return not mailing.goes_out()

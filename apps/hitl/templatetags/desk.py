"""What the admin's own pages say of the desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template

from apps.hitl.access import answerable_stores
from apps.hitl.inbox import waiting_count

register = template.Library()


@dataclass(frozen=True)
class DeskLink:
    """`allowed`: the person answers for some store; `waiting`: how many wait there."""

    allowed: bool
    waiting: int


@register.simple_tag(takes_context=True)
def desk_link(context: dict[str, Any]) -> DeskLink:
    request = context.get("request")
    if request is None or not answerable_stores(request.user):
        return DeskLink(allowed=False, waiting=0)
    return DeskLink(allowed=True, waiting=waiting_count(user=request.user))

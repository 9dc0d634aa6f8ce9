"""How the storefront writes prices."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def money(amount: float) -> str:
    """129 -> "$129.00"."""
    return f"${amount:,.2f}"

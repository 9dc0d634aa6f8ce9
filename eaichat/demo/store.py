"""Which of the installation's stores is the demo."""

from __future__ import annotations

from apps.accounts.models import Store

NAME = "Demo Store"  # the tenant, as merchants see it
BRAND = "Harbour Lane"  # the shop, as shoppers see it


def demo_store() -> Store | None:
    """The demo store; None before `manage.py seed_demo` has run."""
    return Store.objects.filter(is_demo=True).order_by("created_at").first()

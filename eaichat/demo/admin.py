"""Where the owner of a demo changes an order's status, to see what the assistant says of it then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from eaichat.demo.models import DemoOrder

if TYPE_CHECKING:
    # Generic for the type checker only: Django's own class takes no parameters.
    _ModelAdmin = admin.ModelAdmin[DemoOrder]
else:
    _ModelAdmin = admin.ModelAdmin


@admin.register(DemoOrder)
class DemoOrderAdmin(_ModelAdmin):
    list_display = ("number", "name", "email", "status", "tracking", "placed_at")
    list_editable = ("status", "tracking")
    list_filter = ("status",)
    search_fields = ("=number", "email", "name")
    ordering = ("-number",)

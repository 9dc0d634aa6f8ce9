"""Connectors and their runs for an operator to look at; changes belong into the console, which checks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from apps.connectors.models import ConnectorConfig, SyncRun

if TYPE_CHECKING:
    _ConnectorAdmin = admin.ModelAdmin[ConnectorConfig]
    _RunAdmin = admin.ModelAdmin[SyncRun]
else:
    _ConnectorAdmin = _RunAdmin = admin.ModelAdmin


class _ReadOnly:
    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(ConnectorConfig)
class ConnectorAdmin(_ReadOnly, _ConnectorAdmin):
    list_display = ("name", "store", "platform", "created_at")
    list_select_related = ("store",)
    exclude = ("credentials",)


@admin.register(SyncRun)
class SyncRunAdmin(_ReadOnly, _RunAdmin):
    list_display = (
        "connector",
        "state",
        "total",
        "seen",
        "indexed",
        "removed",
        "rejected",
        "created_at",
    )
    list_filter = ("state",)
    list_select_related = ("connector",)

"""Rules of search for an operator to look at; changes belong into the console, which checks them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.admin import ReadOnlyAdmin
from apps.catalog.models import SearchRule


@admin.register(SearchRule)
class SearchRuleAdmin(ReadOnlyAdmin):
    list_display = ("words", "kind", "store", "active", "updated_at")
    list_filter = ("kind", "active", "store")
    search_fields = ("phrases", "note")
    ordering = ("-updated_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SearchRule]:
        return super().get_queryset(request).select_related("store", "created_by")

    @admin.display(description="Phrases")
    def words(self, rule: SearchRule) -> str:
        return ", ".join(rule.phrases)

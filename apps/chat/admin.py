"""Reading conversations in the admin. Nothing is written here: people answer at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.models import Membership, User
from apps.accounts.permissions import ROLE_PERMISSIONS, Permission
from apps.chat.models import ChatSession, Message

if TYPE_CHECKING:
    _TabularInline = admin.TabularInline[Message, ChatSession]
    _ModelAdmin = admin.ModelAdmin[ChatSession]
else:
    _TabularInline = admin.TabularInline
    _ModelAdmin = admin.ModelAdmin

_READERS = [role.value for role, allowed in ROLE_PERMISSIONS.items() if Permission.READ_CONVERSATIONS in allowed]


def readable_stores(user: User) -> QuerySet[Membership]:
    """Memberships by which `user` may read conversations."""
    return Membership.objects.filter(user=user, role__in=_READERS)


class _ReadOnly:
    """Superusers read everything, members the conversations of their stores; nobody changes anything."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        # Which conversations these are is the list's own filter (get_queryset), which opening one passes too.
        return user.is_superuser or readable_stores(user).exists()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TranscriptInline(_ReadOnly, _TabularInline):
    model = Message
    fields = ("seq", "who", "text", "complete", "created_at")
    readonly_fields = ("seq", "who", "text", "complete", "created_at")
    ordering = ("seq",)
    extra = 0
    verbose_name_plural = "Transcript"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).select_related("agent")

    @admin.display(description="Who")
    def who(self, message: Message) -> str:
        return message.agent.display_name if message.agent is not None else message.get_author_display()


@admin.register(ChatSession)
class ChatSessionAdmin(_ReadOnly, _ModelAdmin):
    list_display = ("started", "store", "owner", "lines", "updated_at")
    # Only stores of conversations that the person may read: the plain filter would name every store here.
    list_filter = ("owner", ("store", admin.RelatedOnlyFieldListFilter), "created_at")
    search_fields = ("id", "messages__text")
    ordering = ("-updated_at",)
    list_select_related = ()  # joined, MariaDB begins with the stores and sorts every session
    fields = ("store", "owner", "agent", "mode", "visitor", "created_at", "updated_at")
    inlines = (TranscriptInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChatSession]:
        found = super().get_queryset(request).prefetch_related("store")
        user = request.user
        if not isinstance(user, User) or user.is_superuser:
            return found
        return found.filter(store__in=readable_stores(user).values("store"))

    @admin.display(description="Started", ordering="created_at")
    def started(self, session: ChatSession) -> str:
        return f"{session.created_at:%d %b %H:%M}"

    @admin.display(description="Messages", ordering="last_seq")
    def lines(self, session: ChatSession) -> int:
        return session.last_seq  # every message has one; counting them would read the whole table

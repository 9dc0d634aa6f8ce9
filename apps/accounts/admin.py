"""People, stores and what happened, for the operator. Staff without superuser rights see none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.accounts.models import AuditLog, Invitation, Membership, Store, User, WorkflowStart

if TYPE_CHECKING:
    # Generic for the type checker only: Django's own classes take no parameters.
    _ModelAdmin = admin.ModelAdmin[Any]
    _Inline = admin.TabularInline[Membership, Any]
    _UserAdmin = DjangoUserAdmin[User]
    _UserCreationForm = AdminUserCreationForm[User]
else:
    _ModelAdmin, _Inline = admin.ModelAdmin, admin.TabularInline
    _UserAdmin, _UserCreationForm = DjangoUserAdmin, AdminUserCreationForm

admin.site.site_header = "eaichat"
admin.site.site_title = "eaichat"
admin.site.enable_nav_sidebar = False  # the index says the same, and lists need the width
admin.site.index_title = "Admin"
# One way to sign in: ours, with its limits on guessing. The stock admin's form has none.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign] # allauth's documented way


class UserCreationForm(_UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class MembershipInline(_Inline):
    model = Membership
    extra = 0
    autocomplete_fields: ClassVar = ["user", "store"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "store")  # each row is named by both


@admin.register(User)
class UserAdmin(_UserAdmin):
    add_form = UserCreationForm
    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_superuser", "is_active", "last_login")
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("email", "name")
    readonly_fields = ("date_joined", "last_login")
    inlines: ClassVar = [MembershipInline]
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)


@admin.register(Store)
class StoreAdmin(_ModelAdmin):
    list_display = ("name", "public_key", "currency", "is_demo", "created_at")
    search_fields = ("name", "public_key")
    readonly_fields = ("public_key", "created_at")
    inlines: ClassVar = [MembershipInline]


@admin.register(Invitation)
class InvitationAdmin(_ModelAdmin):
    list_display = ("email", "store", "role", "expires_at")
    search_fields = ("email", "store__name")
    readonly_fields = ("created_at",)
    autocomplete_fields: ClassVar = ["store", "invited_by"]


class ReadOnlyAdmin(_ModelAdmin):
    """Rows that tell what was: nobody adds, changes or deletes them here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "target", "actor", "store")
    list_filter = ("action", "store")
    search_fields = ("target", "actor__email")
    list_select_related = ()  # joined, MariaDB reads and sorts the whole table

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditLog]:
        return super().get_queryset(request).prefetch_related("actor", "store")


@admin.register(WorkflowStart)
class WorkflowStartAdmin(ReadOnlyAdmin):
    list_display = ("workflow", "created_at", "started_at", "attempts", "last_error")
    list_filter = ("workflow",)

"""People, stores, what people may do in them, and what happened: the ground that every other room stands on."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

from apps.accounts.fields import AddressField, IdentifierField
from apps.accounts.permissions import ROLE_PERMISSIONS, Permission, Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an email address: merchant, staff or operator."""

    email = AddressField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField(default=False, help_text="May sign in to the admin and answer escalations.")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email

    @property
    def display_name(self) -> str:
        """The name that shoppers see; never the email address."""
        return self.name or self.email.partition("@")[0]

    def get_short_name(self) -> str:
        return self.display_name


def new_public_key() -> str:
    return f"pk_{secrets.token_urlsafe(18)}"


class StoreQuerySet(models.QuerySet["Store"]):
    def for_user(self, user: User) -> StoreQuerySet:
        """Stores that `user` is a member of, by name."""
        return self.filter(memberships__user=user).order_by("name")


class Store(models.Model):
    """A tenant: one online store with its own catalogue, conversations and people."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    public_key = IdentifierField(max_length=64, unique=True, default=new_public_key, editable=False)
    allowed_origins = models.JSONField(
        default=list,
        blank=True,
        help_text="Origins whose pages may open the widget, e.g. https://shop.example.",
    )
    currency = models.CharField(max_length=3, default="USD")
    accent = models.CharField(max_length=7, default="#0f766e", help_text="Accent colour, #rrggbb.")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoreQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def allows_origin(self, origin: str) -> bool:
        """Whether a page of `origin` (scheme://host[:port]) may talk to this store's assistant."""
        return origin.rstrip("/").lower() in self.allowed_origins


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=[(role.value, role.label) for role in Role])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "store"], name="one_role_per_store")]

    def __str__(self) -> str:
        return f"{self.user} · {self.role} · {self.store}"

    def allows(self, permission: Permission) -> bool:
        return permission in ROLE_PERMISSIONS[Role(self.role)]


def new_invitation_token() -> str:
    return secrets.token_urlsafe(32)


class Invitation(models.Model):
    """A seat in a store's team for the person at `email`; its link carries `token` and works once."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="invitations")
    email = AddressField()
    role = models.CharField(max_length=16, choices=[(role.value, role.label) for role in Role])
    token = IdentifierField(max_length=64, unique=True, default=new_invitation_token, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["email"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "email"], name="one_invitation_per_email")
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.store}"


class AuditLog(models.Model):
    """One thing that somebody did; written in the transaction of the deed, never changed."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, null=True, related_name="audit")
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=64, help_text="noun.verb, e.g. connector.created")
    target = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [
            models.Index(fields=["store", "at"], name="store_activity"),
            models.Index(fields=["action", "at"], name="deeds_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"


class WorkflowStartQuerySet(models.QuerySet["WorkflowStart"]):
    def pending(self) -> WorkflowStartQuerySet:
        return self.filter(started_at=None).order_by("created_at")


class WorkflowStart(models.Model):
    """The outbox: a workflow that must start, written in the transaction that wants it.

    The relay starts it as soon as Temporal answers, with the row's id as workflow id, so that it starts once
    however often the relay tries.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workflow = IdentifierField(max_length=100, help_text="The registered name, e.g. ProductSyncWorkflow")
    argument = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    objects = WorkflowStartQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["started_at", "created_at"], name="outbox_order"),
            models.Index(fields=["workflow"], name="starts_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} {self.id}"

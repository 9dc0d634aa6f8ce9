"""What allauth asks us: who may sign up, and what to write down when an account changes."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.addresses import client_address
from apps.accounts.models import Invitation, User

INVITATION_KEY = "invitation"  # in the session: the token of the invitation that brought the person here


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Anybody, or with SIGNUP_OPEN=0 only who came by the link of an invitation that still works."""
        if settings.SIGNUP_OPEN:
            return True
        token = request.session.get(INVITATION_KEY, "")
        return Invitation.objects.filter(token=token, expires_at__gt=timezone.now()).exists()

    def get_client_ip(self, request: HttpRequest) -> str:
        """As everywhere here: allauth's own count of proxies answers 500 to a header that is too short."""
        return client_address(request) or "unknown"

    @transaction.atomic
    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> Any:
        user.name = form.cleaned_data.get("name", "")
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            audit.record(store=None, actor=user, action="user.signed_up", target=user.email)
        return user

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("console_account")

    @transaction.atomic
    def set_password(self, user: User, password: str) -> None:
        super().set_password(user, password)
        audit.record(store=None, actor=user, action="user.password_changed", target=user.email)

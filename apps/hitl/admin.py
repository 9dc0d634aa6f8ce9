"""The desk in Django's admin: the escalation queue and the conversation, instead of a list and a form of fields.

Who may enter is decided by the role in the store (apps.hitl.access), not by Django's permissions of a model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from apps.accounts.models import User
from apps.chat.events import MAX_TEXT
from apps.hitl import live_pages, services
from apps.hitl.access import answerable_stores, may_answer
from apps.hitl.errors import DeskError
from apps.hitl.inbox import read_inbox, shopper_label
from apps.hitl.models import Escalation, HitlSettings
from apps.hitl.transcript import read_lines

if TYPE_CHECKING:  # generic for the type checker only
    EscalationBase = admin.ModelAdmin[Escalation]
    SettingsBase = admin.ModelAdmin[HitlSettings]
else:
    EscalationBase = SettingsBase = admin.ModelAdmin

TEMPLATES = "admin/hitl/escalation"
Deed = Callable[[HttpRequest, UUID, User], None]


def _person(request: HttpRequest) -> User:
    """Behind `admin_view` everybody is signed in."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type
    return request.user


@admin.register(Escalation)
class EscalationAdmin(EscalationBase):
    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(answerable_stores(request.user))

    def has_view_permission(self, request: HttpRequest, obj: Escalation | None = None) -> bool:
        if obj is None:
            return bool(answerable_stores(request.user))
        return may_answer(request.user, obj.store_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Escalation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Escalation | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        def post(route: str, name: str, deed: Deed) -> URLPattern:
            view = self.admin_site.admin_view(_action(deed))
            return path(f"<uuid:escalation_id>/{route}/", view, name=f"hitl_escalation_{name}")

        return [
            post("take", "take", _take),
            post("reply", "reply", _reply),
            post("hand-back", "hand_back", _hand_back),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The queue."""
        context = {
            **self._context(request, "Escalation queue"),
            "inbox": read_inbox(user=_person(request)),
            "has_stores": bool(answerable_stores(request.user)),
            "current": None,
        }
        return TemplateResponse(request, f"{TEMPLATES}/change_list.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The conversation."""
        person = _person(request)
        try:
            escalation = services.find(escalation_id=UUID(object_id), agent=person)
        except (DeskError, ValueError):
            messages.error(request, services.UNKNOWN.text)
            return HttpResponseRedirect(reverse("admin:hitl_escalation_changelist"))
        lines = read_lines(escalation=escalation)
        shopper = shopper_label(escalation.session.visitor)
        context = {
            **self._context(request, shopper),
            "escalation": escalation,
            "shopper": shopper,
            "inbox": read_inbox(user=person),
            "current": escalation.pk,
            "lines": lines,
            "after": lines[-1].seq if lines else 0,
            "state": live_pages.state_of(escalation, person),
            "client_id": uuid4().hex,
            "max_text": MAX_TEXT,
        }
        return TemplateResponse(request, f"{TEMPLATES}/change_form.html", context)

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "title": title, "is_nav_sidebar_enabled": False}


@admin.register(HitlSettings)
class HitlSettingsAdmin(SettingsBase):
    list_display = ("store", "remind_after_s")


def _action(deed: Deed) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """A POST that does one thing: JSON for a page's script, else back to the conversation with a message."""

    def view(request: HttpRequest, escalation_id: UUID) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        wants_json = "application/json" in request.headers.get("Accept", "")
        try:
            deed(request, escalation_id, _person(request))
        except DeskError as error:
            if wants_json:
                status = 404 if error.code == "unknown" else 409
                return JsonResponse({"code": error.code, "text": error.text}, status=status)
            messages.error(request, error.text)
        if wants_json:
            return JsonResponse({"client_id": uuid4().hex})
        return HttpResponseRedirect(reverse("admin:hitl_escalation_change", args=[escalation_id]))

    return view


def _take(request: HttpRequest, escalation_id: UUID, person: User) -> None:
    colleague = request.POST.get("instead_of", "")
    services.take_over(
        escalation_id=escalation_id,
        agent=person,
        instead_of=int(colleague) if colleague.isdecimal() else None,
    )


def _reply(request: HttpRequest, escalation_id: UUID, person: User) -> None:
    services.reply(
        escalation_id=escalation_id,
        agent=person,
        text=request.POST.get("text", "").replace("\r\n", "\n"),
        client_id=request.POST.get("client_id", "")[:64] or uuid4().hex,
    )


def _hand_back(request: HttpRequest, escalation_id: UUID, person: User) -> None:
    services.hand_back(escalation_id=escalation_id, agent=person)

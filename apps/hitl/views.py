"""The console's page of the desk: who waits, who is there, when to remind. Answering happens in the admin."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render

from apps.accounts.console import ConsoleRequest, console_view, denied
from apps.accounts.permissions import Permission
from apps.hitl import presence, store_settings
from apps.hitl.forms import ReminderForm
from apps.hitl.models import Escalation


@console_view(Permission.ANSWER_ESCALATIONS)
def desk(request: ConsoleRequest) -> HttpResponseBase:
    manages = request.membership.allows(Permission.MANAGE_ASSISTANT)
    if request.method == "POST" and not manages:
        return denied(request)
    settings = store_settings.of(store=request.store)
    form = ReminderForm(request.POST or None, initial={"remind_after_s": settings.remind_after_s})
    if request.method == "POST" and form.is_valid():
        store_settings.change(store=request.store, actor=request.user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("console_desk")
    escalations = Escalation.objects.filter(store=request.store)
    context = {
        "form": form if manages else None,
        "waiting": escalations.waiting().count(),
        "active": escalations.filter(state=Escalation.State.ACTIVE).count(),
        "online": presence.online_people(store_ids=[request.store.pk]),
    }
    return render(request, "hitl/desk.html", context)

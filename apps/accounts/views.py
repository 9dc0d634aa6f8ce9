"""Console pages of the accounts room: home, stores, the person's own account, the store's activity."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts import people, stores
from apps.accounts.console import ConsoleRequest, console_view, current_membership, enter, steps
from apps.accounts.forms import AccountForm, StoreForm
from apps.accounts.models import AuditLog, Store
from apps.accounts.people import signed_in
from apps.accounts.permissions import Permission


@console_view(Permission.VIEW_STORE)
def home(request: ConsoleRequest) -> HttpResponseBase:
    tasks = [
        {"step": step, "done": step.done(request.store), "allowed": request.membership.allows(step.permission)}
        for step in steps()
    ]
    done = sum(bool(task["done"]) for task in tasks)
    upcoming = next((task["step"] for task in tasks if not task["done"] and task["allowed"]), None)
    return render(request, "console/home.html", {"tasks": tasks, "done": done, "upcoming": upcoming})


@login_required
def store_new(request: HttpRequest) -> HttpResponseBase:
    user = signed_in(request)
    form = StoreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        enter(request, stores.create_store(owner=user, **form.cleaned_data))
        return redirect("console_home")
    first = current_membership(request) is None
    return render(request, "console/store_new.html", {"form": form, "first": first})


@require_POST
@login_required
def store_switch(request: HttpRequest) -> HttpResponseBase:
    user = signed_in(request)
    wanted = request.POST.get("store", "")
    found = next((store for store in Store.objects.for_user(user) if str(store.pk) == wanted), None)
    if found is None:
        raise Http404("No such store among yours.")
    enter(request, found)
    return redirect("console_home")


@console_view(Permission.MANAGE_STORE)
def store_settings(request: ConsoleRequest) -> HttpResponseBase:
    store = request.store
    form = StoreForm(request.POST or None, initial={"name": store.name, "currency": store.currency})
    if request.method == "POST" and form.is_valid():
        stores.update_store(store=store, actor=request.user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("console_store")
    return render(request, "console/store.html", {"form": form})


@login_required
def account(request: HttpRequest) -> HttpResponseBase:
    user = signed_in(request)
    form = AccountForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        people.rename(user=user, name=form.cleaned_data["name"])
        messages.success(request, "Saved.")
        return redirect("console_account")
    # Somebody without a store has an account too: they get the page without the sidebar.
    membership = current_membership(request)
    if membership is None:
        return render(request, "console/account_alone.html", {"form": form})
    setattr(request, "membership", membership)  # noqa: B010 - the shell's context reads it; HttpRequest declares none
    return render(request, "console/account.html", {"form": form})


@console_view(Permission.VIEW_AUDIT)
def activity(request: ConsoleRequest) -> HttpResponseBase:
    entries = AuditLog.objects.filter(store=request.store).select_related("actor")
    page = Paginator(entries, 50).get_page(request.GET.get("page"))
    return render(request, "console/activity.html", {"page": page})

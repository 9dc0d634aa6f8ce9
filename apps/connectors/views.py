"""The console's pages of connectors."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings as django_settings
from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts.console import ConsoleRequest, console_view
from apps.accounts.permissions import Permission
from apps.connectors import services, status
from apps.connectors.charts import chart
from apps.connectors.forms import ConnectorForm, ScheduleForm
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.base import Webhooks
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.registry import platform, platforms
from apps.connectors.runs import OPEN_STATES
from apps.connectors.schedules import change_schedule
from apps.connectors.trial_views import chosen_platform, own, twice

HISTORY = 20  # runs that a connector's page lists
SHOWN_SET_ASIDE = 50
_STEERING = {"pause": services.pause_sync, "resume": services.resume_sync, "cancel": services.cancel_sync}


@console_view(Permission.VIEW_STORE)
def connectors(request: ConsoleRequest) -> HttpResponseBase:
    newest = SyncRun.objects.filter(connector=OuterRef("pk")).order_by("-created_at").values("pk")[:1]
    found = list(request.store.connectors.annotate(newest=Subquery(newest)))
    runs = SyncRun.objects.in_bulk([connector.newest for connector in found if connector.newest])
    rows = []
    for connector in found:
        run = runs.get(connector.newest)
        rows.append(
            {
                "connector": connector,
                "label": _label(connector),
                "products": status.products(connector),
                "run": run,
                "status": status.run_status(run) if run else None,
            }
        )
    return render(request, "connectors/list.html", {"rows": rows, "may_change": _may_change(request)})


@console_view(Permission.MANAGE_CONNECTORS)
def connector_new(request: ConsoleRequest) -> HttpResponseBase:
    chosen = chosen_platform(request)
    form = ConnectorForm(request.POST or None, request.FILES or None, platform=chosen)
    if request.method == "POST" and form.is_valid():
        twin = services.same_address(store=request.store, platform=chosen.key, settings=form.settings)
        connector = services.add_connector(
            store=request.store,
            actor=request.user,
            platform=chosen.key,
            name=form.cleaned_data["name"],
            settings=form.settings,
            upload=form.upload,
        )
        if twin is not None:
            messages.warning(request, f"{twice(twin)} Delete one of them if that is not what you want.")
        messages.success(request, f"{connector.name} was added. Start its first sync.")
        return redirect("console_connector", connector.pk)
    # Not the classes themselves: a template would call them.
    choices = [(found.key, found.label) for found in platforms()]
    return render(request, "connectors/new.html", {"form": form, "chosen": chosen.key, "choices": choices})


@console_view(Permission.VIEW_STORE)
def connector_page(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    connector = own(request, pk)
    runs = list(connector.runs.select_related("started_by")[:HISTORY])
    set_aside = connector.set_aside.order_by("since", "pk")
    context = {
        "may_change": _may_change(request),
        "connector": connector,
        "label": _label(connector),
        "products": status.products(connector),
        "status": status.run_status(runs[0]) if runs else None,
        "current": runs[0] if runs else None,
        "log": status.log(runs[0]) if runs else [],
        "runs": [(run, status.run_status(run), status.duration(run)) for run in runs],
        "chart": chart(runs),
        "set_aside": set_aside[:SHOWN_SET_ASIDE],
        "set_aside_count": set_aside.count(),
        "schedule": ScheduleForm(connector=connector),
        "webhook": _webhook(connector),
    }
    return render(request, "connectors/connector.html", context)


@console_view(Permission.MANAGE_CONNECTORS)
def connector_edit(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    connector = own(request, pk)
    form = ConnectorForm(
        request.POST or None,
        request.FILES or None,
        platform=platform(connector.platform),
        connector=connector,
    )
    if request.method == "POST" and form.is_valid():
        try:
            cancelled = services.change_connector(
                connector=connector,
                actor=request.user,
                name=form.cleaned_data["name"],
                settings=form.settings,
                upload=form.upload,
            )
        except ConnectorConfig.DoesNotExist as error:
            raise Http404("It was deleted meanwhile.") from error
        told = " The sync that was under way was cancelled, since it read with the settings of before."
        messages.success(request, f"Saved. The next sync uses it.{told if cancelled else ''}")
        return redirect("console_connector", connector.pk)
    return render(request, "connectors/edit.html", {"form": form, "connector": connector})


@require_POST
@console_view(Permission.MANAGE_CONNECTORS)
def connector_schedule(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    connector = own(request, pk)
    form = ScheduleForm(request.POST, connector=connector)
    if not form.is_valid():
        messages.error(request, "Choose one of the schedules that are offered.")
        return redirect("console_connector", pk)
    try:
        change_schedule(connector=connector, actor=request.user, **form.cleaned_data)
    except ConnectorConfig.DoesNotExist as error:
        raise Http404("It was deleted meanwhile.") from error
    messages.success(request, "The schedule was saved.")
    return redirect("console_connector", pk)


@require_POST
@console_view(Permission.MANAGE_CONNECTORS)
def connector_sync(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    services.request_sync(connector=own(request, pk), actor=request.user)
    return redirect("console_connector", pk)


@require_POST
@console_view(Permission.MANAGE_CONNECTORS)
def connector_steer(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    """Pause, resume or cancel a run; what has come to its end meanwhile is shown as it is."""
    found = own(request, pk).runs.select_related("connector__store")
    run = next(
        (one for one in found.filter(state__in=OPEN_STATES) if str(one.pk) == request.POST.get("run")), None
    )
    deed = _STEERING.get(request.POST.get("wish", ""))
    if run is not None and deed is not None:
        deed(run=run, actor=request.user)
    return redirect("console_connector", pk)


@never_cache
@console_view(Permission.VIEW_STORE)
def connector_state(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    """The newest run, for the progress bar that polls it: null before the first one. And the end of its log."""
    run = own(request, pk).runs.first()
    if run is None:
        return JsonResponse({"run": None, "log": []})
    return JsonResponse({"run": status.run_status(run).as_json(), "log": status.log(run)})


@require_POST
@console_view(Permission.MANAGE_CONNECTORS)
def connector_delete(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    connector = own(request, pk)
    keep = request.POST.get("products") == "keep"
    try:
        services.delete_connector(connector=connector, actor=request.user, keep_products=keep)
    except ConnectorError as error:
        messages.error(request, error.text)
        return redirect("console_connector", pk)
    told = "was deleted. Its products stay in the catalogue." if keep else "and its products were deleted."
    messages.success(request, f"{connector.name} {told}")
    return redirect("console_connectors")


def _may_change(request: ConsoleRequest) -> bool:
    return request.membership.allows(Permission.MANAGE_CONNECTORS)


def _label(connector: ConnectorConfig) -> str:
    try:
        return platform(connector.platform).label
    except ConnectorError:
        return str(connector.platform)


def _webhook(connector: ConnectorConfig) -> str:
    """Where its platform may tell of changes; empty when it cannot."""
    try:
        can_tell = issubclass(platform(connector.platform), Webhooks)
    except ConnectorError:
        return ""
    path = reverse("api_connector_webhook", args=[connector.pk])
    return f"{django_settings.PUBLIC_URL}{path}" if can_tell else ""

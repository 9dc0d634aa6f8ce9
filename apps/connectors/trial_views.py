"""Console pages that try a connector out, stored or not: does it answer, and what are its first products?"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO
from uuid import UUID

from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from apps.accounts.console import ConsoleRequest, console_view
from apps.accounts.permissions import Permission
from apps.connectors import services
from apps.connectors.forms import ConnectorForm
from apps.connectors.linking import read_settings
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.base import BasePlatformConnector, CheckReport, ConnectorSettings
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.registry import platform, platforms
from apps.connectors.previews import preview
from apps.connectors.uploads import opener


@require_POST
@console_view(Permission.MANAGE_CONNECTORS)
def connector_test(request: ConsoleRequest) -> HttpResponseBase:
    """Try what is typed, without storing it. JSON: ok, text, and the fields at fault."""
    chosen, connector, form = _typed(request)
    if not form.is_valid():
        fields = {name: str(errors[0]) for name, errors in form.errors.items()}
        return JsonResponse({"ok": False, "text": next(iter(fields.values())), "fields": fields})
    answer = _try(chosen, form.settings, form.opener())
    twin = services.same_address(store=request.store, platform=chosen.key, settings=form.settings)
    if answer["ok"] and twin is not None and twin != connector:
        answer["text"] = f"{answer['text']} {twice(twin)}"
    return JsonResponse(answer)


@require_POST
@console_view(Permission.MANAGE_CONNECTORS)
def connector_preview(request: ConsoleRequest) -> HttpResponseBase:
    """The first page with what is typed, as a part of a page."""
    chosen, _, form = _typed(request)
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else ""
        return _part(request, problem=f"{label}: {errors[0]}" if label else str(errors[0]))
    return _preview(request, chosen.key, lambda: form.settings, form.opener())


@require_POST
@console_view(Permission.MANAGE_CONNECTORS)
def connector_first_page(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    """The same of a stored connector."""
    connector = own(request, pk)
    return _preview(request, connector.platform, lambda: read_settings(connector), opener(connector))


@require_POST
@console_view(Permission.MANAGE_CONNECTORS)
def connector_check(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    """Try a stored connector. JSON: ok and text."""
    connector = own(request, pk)
    try:
        return JsonResponse(_try(platform(connector.platform), read_settings(connector), opener(connector)))
    except ConnectorError as error:
        return JsonResponse({"ok": False, "code": error.code, "text": error.text})


def _typed(
    request: ConsoleRequest,
) -> tuple[type[BasePlatformConnector], ConnectorConfig | None, ConnectorForm]:
    """The platform, the connector that is edited if there is one already, and its form as it is filled in now."""
    edited = request.POST.get("connector", "")
    connector = next((found for found in request.store.connectors.all() if str(found.pk) == edited), None)
    chosen = platform(connector.platform) if connector else chosen_platform(request)
    return chosen, connector, ConnectorForm(request.POST, request.FILES, platform=chosen, connector=connector)


def _preview(
    request: ConsoleRequest,
    key: str,
    settings: Callable[[], ConnectorSettings],
    upload: Callable[[], BinaryIO] | None,
) -> HttpResponseBase:
    try:
        found = preview(store=request.store, platform=key, settings=settings(), upload=upload)
        return _part(request, preview=found)
    except ConnectorError as error:
        return _part(request, problem=error.text)


def _part(request: ConsoleRequest, **context: object) -> HttpResponseBase:
    return render(request, "connectors/preview.html", context)


def _try(
    chosen: type[BasePlatformConnector], settings: ConnectorSettings, upload: Callable[[], BinaryIO] | None
) -> dict[str, object]:
    try:
        report = services.check(platform=chosen.key, settings=settings, upload=upload)
    except ConnectorError as error:
        return {"ok": False, "code": error.code, "text": error.text}
    return {"ok": True, "text": _found(report)}


def _found(report: CheckReport) -> str:
    if report.products is None:
        return f"It works: “{report.example}” is one of its products." if report.example else "It works."
    if report.products == 0:
        return "It answers, but has no products yet."
    things = "1 product" if report.products == 1 else f"{report.products} products"
    return f"It works: {things}, for example “{report.example}”."


def own(request: ConsoleRequest, pk: UUID) -> ConnectorConfig:
    return get_object_or_404(ConnectorConfig.objects.select_related("store"), pk=pk, store=request.store)


def chosen_platform(request: ConsoleRequest) -> type[BasePlatformConnector]:
    """The platform that the person chose, the first one until then."""
    key = request.POST.get("platform") or request.GET.get("platform")
    known = platforms()
    return next((found for found in known if found.key == key), known[0])


def twice(twin: ConnectorConfig) -> str:
    return f"This address is connected already as {twin.name}, so its products will show twice."

"""The widget's script, the full-page chat, and the console's Widget page."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.console import ConsoleRequest, console_view
from apps.accounts.models import Store
from apps.accounts.permissions import Permission
from apps.chat import widget_settings
from apps.chat.widget_settings import WidgetSettingsError

SCRIPT = Path(settings.BASE_DIR) / "static" / "widget" / "widget.js"
PRESETS = (
    ("Teal", "#0f766e"),
    ("Blue", "#2563eb"),
    ("Violet", "#7c3aed"),
    ("Pink", "#be185d"),
    ("Orange", "#c2410c"),
    ("Green", "#15803d"),
    ("Ink", "#111827"),
)


@dataclass(frozen=True)
class Script:
    body: bytes
    packed: bytes
    etag: str


@lru_cache(maxsize=2)
def _script(modified_ns: int) -> Script:
    """The built script, read once per build (`modified_ns`: when it was built)."""
    body = SCRIPT.read_bytes()
    return Script(body, gzip.compress(body, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:20]}"')


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """GET /widget.js. Any page may load it; which pages may use it, the socket decides.

    Its address never changes, so browsers keep it for five minutes and then ask by ETag.
    """
    try:
        built = _script(SCRIPT.stat().st_mtime_ns)
    except FileNotFoundError:
        text = 'console.error("eaichat: the widget is not built. In widget/: npm ci && npm run build");'
        return HttpResponse(text, content_type="text/javascript; charset=utf-8", status=503)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = f'{built.etag[:-1]}-gz"' if packed else built.etag
    response: HttpResponse
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(
            built.packed if packed else built.body, content_type="text/javascript; charset=utf-8"
        )
        if packed:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=300, stale-while-revalidate=86400"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@require_safe
def page(request: HttpRequest, public_key: str) -> HttpResponse:
    """GET /chat/<public key>/: the chat over the whole page."""
    store = get_object_or_404(Store, public_key=public_key)
    return render(request, "chat/page.html", {"store": store})


@console_view(Permission.MANAGE_WIDGET)
def widget(request: ConsoleRequest) -> HttpResponseBase:
    """The console's Widget page. A form that does not fit is shown again with what was typed."""
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            return _change(request)
        except WidgetSettingsError as error:
            problems[request.POST.get("form", "")] = error.text
    return render(
        request,
        "chat/widget_settings.html",
        {
            "snippet": _snippet(request.store),
            "origins": request.store.allowed_origins,
            "typed_origin": request.POST.get("origin", ""),
            "accent": request.POST.get("accent") or request.store.accent,
            "presets": PRESETS,
            "problems": problems,
            "chat_url": settings.PUBLIC_URL + reverse("chat_page", args=[request.store.public_key]),
            "preview_url": reverse("console_widget_preview"),
        },
    )


@require_POST
@console_view(Permission.MANAGE_WIDGET)
def widget_origin_remove(request: ConsoleRequest) -> HttpResponseBase:
    origin = request.POST.get("origin", "")
    if widget_settings.remove_origin(store=request.store, actor=request.user, origin=origin):
        messages.success(request, f"Pages of {origin} can no longer open the chat.")
    return redirect("console_widget")


@console_view(Permission.MANAGE_WIDGET)
def widget_preview(request: ConsoleRequest) -> HttpResponseBase:
    """A make-believe shop page with the real widget on it, for the frame on the Widget page."""
    return render(request, "chat/widget_preview.html", {"accent": request.GET.get("accent", "")})


def _change(request: ConsoleRequest) -> HttpResponseBase:
    """Do what the posted form asks for, say so, and show the page anew."""
    if request.POST.get("form") == "accent":
        accent = request.POST.get("accent", "")
        widget_settings.set_accent(store=request.store, actor=request.user, accent=accent)
        messages.success(request, "The accent colour is saved. Open chats show it when they connect again.")
    else:
        origin = request.POST.get("origin", "")
        added = widget_settings.add_origin(store=request.store, actor=request.user, origin=origin)
        messages.success(request, f"Pages of {added} can open the chat now.")
    return redirect("console_widget")


def _snippet(store: Store) -> str:
    return f'<script src="{settings.PUBLIC_URL}/widget.js" data-store="{store.public_key}" defer></script>'

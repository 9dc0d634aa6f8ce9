"""What works and what does not: `/healthz` for machines, the same parts for `manage.py doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from apps.catalog.runtime import catalog
import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

from eaichat.management import temporal_server


@dataclass(frozen=True)
class Part:
    """One part of the installation. `ok` False makes `/healthz` answer 503."""

    name: str
    ok: bool
    state: str
    address: str = ""


def parts() -> list[Part]:
    """Every part, asked now."""
    return [Part("web", True, "answers", settings.PUBLIC_URL), _database(), *_catalog(), _temporal()]


def web_answers() -> Part:
    """The web part as another process sees it: does its address answer?"""
    try:
        httpx.get(f"{settings.PUBLIC_URL}/healthz", timeout=3)
    except httpx.HTTPError as error:
        return Part("web", False, f"does not answer ({error})", settings.PUBLIC_URL)
    return Part("web", True, "answers", settings.PUBLIC_URL)


def _database() -> Part:
    name = settings.DATABASES["default"]
    address = f"{connection.vendor}: {name['NAME']}"
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return Part("database", False, str(error), address)
    return Part("database", True, "answers", address)


def _catalog() -> list[Part]:
    health = catalog().health()
    address = settings.QDRANT_URL or f"Qdrant Edge: {settings.VAR_DIR / 'index'}"
    models = "lexical only: no embedding model could be fetched" if health.lexical_only else "loaded"
    return [
        Part("index", health.ok, "answers" if health.ok else health.error, address),
        Part("models", True, models, health.model),
    ]


def _temporal() -> Part:
    """Being prepared is not a failure: chat works without it, syncs wait in the outbox."""
    state = temporal_server.read_state()
    return Part("temporal", state.state != "failed", state.describe(), state.address)


def healthz(request: HttpRequest) -> JsonResponse:
    found = parts()
    healthy = all(part.ok for part in found)
    body = {
        "status": "ok" if healthy else "failing",
        "parts": {part.name: {"ok": part.ok, "state": part.state} for part in found},
    }
    return JsonResponse(body, status=200 if healthy else 503)

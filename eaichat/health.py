"""What works and what does not: `/healthz` for machines, the same parts for `manage.py doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis import Redis
from redis.exceptions import RedisError

from apps.accounts import workflow_state
from apps.catalog.runtime import catalog
from eaichat.shared import PATIENCE
from eaichat.temporal_state import read_address, read_state


@dataclass(frozen=True)
class Part:
    """One part of the installation. `state` may be read by anybody, `address` and `trouble` by operators only."""

    name: str
    ok: bool
    state: str
    address: str = ""
    trouble: str = ""  # in the part's own words, which name hosts and users


def parts() -> list[Part]:
    """Every part, asked now."""
    database = _database()
    temporal = _temporal(_what_waits() if database.ok else "")
    return [Part("web", True, "answers", settings.PUBLIC_URL), database, *redis(), *_catalog(), temporal]


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
        return Part("database", False, "does not answer", address, str(error))
    return Part("database", True, "answers", address)


def redis() -> list[Part]:
    """Nothing in the embedded installation. Without it the chat goes on, only later between processes."""
    if not settings.REDIS_URL:
        return []
    where = urlsplit(settings.REDIS_URL)
    address = f"{where.hostname}:{where.port or 6379}"  # not the password
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    try:
        client.ping()
    except (RedisError, OSError) as error:
        return [Part("redis", False, f"does not answer ({type(error).__name__}): updates come late", address)]
    finally:
        client.close()
    return [Part("redis", True, "answers", address)]


def _catalog() -> list[Part]:
    health = catalog().health()
    address = settings.QDRANT_URL or f"Qdrant Edge: {settings.VAR_DIR / 'index'}"
    models = "lexical only: no embedding model could be fetched" if health.lexical_only else "loaded"
    return [
        Part("index", health.ok, "answers" if health.ok else "does not answer", address, health.error),
        Part("models", True, models, health.model),
    ]


def _temporal(waits: str) -> Part:
    """Being prepared is not a failure: chat works without it, and syncs wait in the outbox."""
    if not settings.TEMPORAL_ADDRESS:
        folder = settings.VAR_DIR / "temporal"
        server = read_state(folder)
        if server.state != "running":
            state = server.state if server.progress is None else f"{server.state} ({server.progress:.0%})"
            address = read_address(folder) or server.detail
            return Part("temporal", server.state == "preparing", _joined(state, waits), address)
    engine = workflow_state.engine()
    if engine is None:
        return Part("temporal", False, _joined("has no address", waits))
    if not engine.answers:
        return Part("temporal", False, _joined("does not answer", waits), engine.address, engine.problem)
    if engine.workers:
        workers = f"running, {engine.workers} worker{'s' if engine.workers > 1 else ''}"
        return Part("temporal", True, _joined(workers, waits), engine.address)
    return Part("temporal", not waits, _joined("running, but no worker runs", waits), engine.address)


def _what_waits() -> str:
    try:
        return str(workflow_state.waiting())
    except DatabaseError:
        return ""  # not migrated yet


def _joined(state: str, waits: str) -> str:
    return f"{state}: {waits}" if waits else state


# What a shopper needs. Without Redis or Temporal the chat goes on: they are named, and do not make the page fail.
_NEEDED = {"web", "database", "index", "models"}


def healthz(request: HttpRequest) -> JsonResponse:
    found = parts()
    healthy = all(part.ok for part in found if part.name in _NEEDED)
    body = {
        "status": "ok" if healthy else "failing",
        "parts": {part.name: {"ok": part.ok, "state": part.state} for part in found},
    }
    return JsonResponse(body, status=200 if healthy else 503)

"""Throttling of the REST API, and `Retry-After` for every refusal that lacks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from apps.accounts.addresses import client_address
from apps.accounts.limits import party

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it reads the settings that name this module

_LOGIN_WAIT = 300  # seconds: the longest that allauth's limits on tries of a login look back


class ClientThrottle(SimpleRateThrottle):
    """`API_REQUESTS_PER_MINUTE` of each signed-in person, and of each address of everybody else."""

    def get_rate(self) -> str | None:
        allowed = settings.API_REQUESTS_PER_MINUTE
        return f"{allowed}/min" if allowed else None

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            return f"throttle.person.{user.pk}"
        address = client_address(request._request)
        return f"throttle.address.{party(address)}" if address else None


def retry_after_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., Any]:
    """allauth says 429 without a time."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(_LOGIN_WAIT))
        return response

    return middleware

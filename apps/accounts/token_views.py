"""The refresh address of the JWT login, and the middleware that moves fresh refresh tokens into their cookie."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any, cast

from allauth.headless import app_settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.accounts import tokens


@sync_and_async_middleware
def refresh_cookie_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Put the refresh token that a login made into its cookie; allauth's views know only JSON."""

    def finish(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        token = tokens.new_refresh_token(request)
        if token:
            tokens.set_cookie(response, token)
        return response

    if iscoroutinefunction(get_response):

        async def in_loop(request: HttpRequest) -> HttpResponseBase:
            return finish(request, await cast(Awaitable[HttpResponseBase], get_response(request)))

        return in_loop

    def in_thread(request: HttpRequest) -> HttpResponseBase:
        return finish(request, get_response(request))

    return in_thread


@csrf_exempt  # the cookie is SameSite=Strict, and another origin cannot read the answer
@never_cache
@require_POST
def refresh(request: HttpRequest) -> HttpResponse:
    """Trade the cookie's refresh token for a new access token (JSON) and a new cookie; 401 and no cookie else."""
    pair = tokens.rotate(request.COOKIES.get(tokens.REFRESH_COOKIE, ""))
    if pair is None:
        error = {"code": "invalid_refresh_token", "message": "Sign in again."}
        response = JsonResponse({"status": 401, "errors": [error]}, status=401)
        tokens.drop_cookie(response)
        return response
    data = {
        "access_token": pair.access_token,
        "token_type": "Bearer",
        "expires_in": app_settings.JWT_ACCESS_TOKEN_EXPIRES_IN,
    }
    response = JsonResponse({"status": 200, "data": data})
    tokens.set_cookie(response, pair.refresh_token)
    return response


@csrf_exempt  # it does nothing
def absent(request: HttpRequest) -> HttpResponse:
    """An address of allauth's API that this installation does not have."""
    error = {"code": "not_found", "message": "There is nothing here."}
    return JsonResponse({"status": 404, "errors": [error]}, status=404)

"""Login for programs: allauth's JWT tokens, with the gaps of its strategy closed.

A login makes one family: a short access token (JSON), and a refresh token that only ever travels in an HttpOnly
cookie of the refresh address. Every refresh rotates the refresh token, one at a time per family. An old token that
comes back is a stolen one: the whole family ends, access tokens included. Only a twin of the request that rotated
it (two tabs, a lost answer), within `TWIN_SECONDS`, gets the same successor again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from allauth.headless import app_settings
from allauth.headless.tokens.strategies.jwt import JWTTokenStrategy, internal
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.database import healed

REFRESH_COOKIE = "eaichat_refresh"
REFRESH_PATH = "/_allauth/app/v1/tokens/refresh"
TWIN_SECONDS = 10
_ROTATED = "headless_refresh_rotated"  # in the family's session: [old jti, when, the token that followed]


@dataclass(frozen=True)
class Pair:
    access_token: str
    refresh_token: str


class TokenStrategy(JWTTokenStrategy):  # type: ignore[misc] # allauth ships no types
    """Hands the refresh token to `RefreshCookieMiddleware`, and the raw session key to nobody."""

    def create_session_token(self, request: HttpRequest) -> str:
        # The session must be stored (the tokens name it), but its key would be as good as a login: say nothing.
        if not request.session.session_key:
            request.session.save()
        return ""

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any] | None:
        payload = super().create_access_token_payload(request)
        if payload is None:
            return None
        setattr(request, REFRESH_COOKIE, payload.pop("refresh_token"))
        return {**payload, "token_type": "Bearer", "expires_in": app_settings.JWT_ACCESS_TOKEN_EXPIRES_IN}

    def get_session_token(self, request: HttpRequest) -> str | None:
        # allauth would also take a raw session key from X-Session-Token: tokens are the only way in here.
        access = self._get_access_token(request)
        return internal.session_key_from_sid(access["sid"]) if access else None


@healed
def rotate(token: str) -> Pair | None:
    """Trade a refresh token for a new pair. None: not ours, expired, or used before (its family is then over)."""
    payload = internal.decode_token(token, "refresh")
    if payload is None:
        return None
    key = internal.session_key_from_sid(payload["sid"])
    if not key:
        return None
    with transaction.atomic():
        # Whoever refreshes this family at the same moment waits here. (On SQLite `atomic` itself is that lock.)
        if Session.objects.select_for_update().filter(session_key=key).first() is None:
            return None
        session = internal.get_token_session(payload)
        user = internal.validate_token_user(payload, session) if session is not None else None
        if session is None or user is None:
            return None
        successor = _successor(session, payload["jti"])
        if successor is None:
            if payload["jti"] not in internal.get_refresh_token_state(session):
                session.flush()
                return None
            internal.invalidate_refresh_token(session, payload)
            successor = internal.create_refresh_token(user, session)
            session[_ROTATED] = [payload["jti"], time.time(), successor]
            session.save()
        claims = TokenStrategy().get_claims(user)
        return Pair(internal.create_access_token(user, session, claims), successor)


def _successor(session: SessionBase, jti: str) -> str | None:
    old, when, token = session.get(_ROTATED, ["", 0.0, ""])
    return str(token) if old == jti and time.time() - when < TWIN_SECONDS else None


def set_cookie(response: HttpResponseBase, token: str) -> None:
    """Give the refresh token to the browser, for the refresh address alone."""
    response.set_cookie(
        REFRESH_COOKIE,
        token,
        max_age=app_settings.JWT_REFRESH_TOKEN_EXPIRES_IN,
        path=REFRESH_PATH,
        httponly=True,
        samesite="Strict",
        # An installation on plain http (loopback, a first try) would otherwise never get its cookie back.
        secure=not settings.PUBLIC_URL.startswith("http://"),
    )


def drop_cookie(response: HttpResponseBase) -> None:
    response.delete_cookie(REFRESH_COOKIE, path=REFRESH_PATH, samesite="Strict")


def new_refresh_token(request: HttpRequest) -> str | None:
    """The refresh token that this request's login made, if it made one."""
    return getattr(request, REFRESH_COOKIE, None)

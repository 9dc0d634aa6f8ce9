"""The JWT login: what it hands out, how tokens rotate, and what ends them."""

from __future__ import annotations

import threading
import time
from typing import Any

import jwt
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from apps.accounts import tokens
from apps.accounts.models import User

API = "/_allauth/app/v1"
PASSWORD = "a long passphrase"
pytestmark = pytest.mark.django_db


def _login(client: Client, user: User) -> dict[str, Any]:
    answer = client.post(
        f"{API}/auth/login", {"email": user.email, "password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()["meta"]
    return found


def _refresh(token: str) -> HttpResponse:
    client = Client()
    client.cookies[tokens.REFRESH_COOKIE] = token
    answer = client.post(tokens.REFRESH_PATH)
    assert isinstance(answer, HttpResponse)
    return answer


def _me(access: str) -> int:
    return int(Client().get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {access}").status_code)


def _cookie(client: Client) -> str:
    return client.cookies[tokens.REFRESH_COOKIE].value


def test_a_login_hands_out_an_access_token_and_nothing_else_that_opens_a_door(client: Client, owner: User) -> None:
    meta = _login(client, owner)
    assert meta.keys() == {"is_authenticated", "access_token", "token_type", "expires_in"}
    assert _me(meta["access_token"]) == 200


def test_the_refresh_token_travels_in_a_cookie_that_no_script_and_no_other_page_gets(
    client: Client, owner: User
) -> None:
    _login(client, owner)
    cookie = client.cookies[tokens.REFRESH_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/_allauth/app/v1/tokens/refresh"
    assert not cookie["secure"], "plain http on loopback would never send it back"


def test_the_cookie_is_secure_on_an_installation_with_https(
    client: Client, owner: User, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://chat.example"
    _login(client, owner)
    assert client.cookies[tokens.REFRESH_COOKIE]["secure"]


def test_a_wrong_password_gets_no_token(client: Client, owner: User) -> None:
    answer = client.post(
        f"{API}/auth/login", {"email": owner.email, "password": "wrong"}, content_type="application/json"
    )
    assert answer.status_code == 400
    assert tokens.REFRESH_COOKIE not in client.cookies


def test_a_refresh_brings_a_new_pair_and_the_refresh_token_never_as_json(client: Client, owner: User) -> None:
    _login(client, owner)
    before = _cookie(client)
    answer = client.post(tokens.REFRESH_PATH)
    assert answer.status_code == 200
    assert answer.json()["data"].keys() == {"access_token", "token_type", "expires_in"}
    assert _cookie(client) != before
    assert _me(answer.json()["data"]["access_token"]) == 200


def test_a_stolen_old_token_ends_the_whole_family(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = _login(client, owner)["access_token"]
    old = _cookie(client)
    fresh = client.post(tokens.REFRESH_PATH).json()["data"]["access_token"]
    monkeypatch.setattr(tokens, "TWIN_SECONDS", 0)
    assert _refresh(old).status_code == 401
    assert _refresh(_cookie(client)).status_code == 401, "the thief's reuse must end the honest chain too"
    assert _me(access) == 401
    assert _me(fresh) == 401


def test_a_refused_refresh_takes_its_cookie_away(client: Client) -> None:
    answer = _refresh("not a token")
    assert answer.status_code == 401
    assert answer.cookies[tokens.REFRESH_COOKIE].value == ""
    assert answer.cookies[tokens.REFRESH_COOKIE]["path"] == tokens.REFRESH_PATH


def test_another_login_of_the_same_person_is_another_family(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "TWIN_SECONDS", 0)
    _login(client, owner)
    old = _cookie(client)
    client.post(tokens.REFRESH_PATH)
    elsewhere = Client()
    access = _login(elsewhere, owner)["access_token"]
    assert _refresh(old).status_code == 401
    assert _me(access) == 200
    assert elsewhere.post(tokens.REFRESH_PATH).status_code == 200


def test_the_twin_of_a_refresh_gets_the_same_successor(client: Client, owner: User) -> None:
    _login(client, owner)
    old = _cookie(client)
    client.post(tokens.REFRESH_PATH)
    twin = _refresh(old)
    assert twin.status_code == 200
    assert twin.cookies[tokens.REFRESH_COOKIE].value == _cookie(client)


def test_an_access_token_refreshes_nothing(client: Client, owner: User) -> None:
    assert _refresh(_login(client, owner)["access_token"]).status_code == 401


def test_a_refresh_token_opens_nothing(client: Client, owner: User) -> None:
    _login(client, owner)
    assert _me(_cookie(client)) == 401


def test_a_token_signed_by_somebody_else_is_refused(client: Client, owner: User) -> None:
    access = _login(client, owner)["access_token"]
    claims = jwt.decode(access, options={"verify_signature": False})
    assert _me(jwt.encode(claims, "a key that is long enough for hs256", algorithm="HS256")) == 401
    assert _me(jwt.encode(claims, "", algorithm="none")) == 401


def test_an_expired_token_is_refused(client: Client, owner: User, settings: Settings) -> None:
    settings.HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = -1
    settings.HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = -1
    access = _login(client, owner)["access_token"]
    assert _me(access) == 401
    assert client.post(tokens.REFRESH_PATH).status_code == 401


def test_signing_out_ends_access_and_refresh(client: Client, owner: User) -> None:
    access = _login(client, owner)["access_token"]
    client.delete(f"{API}/auth/session", HTTP_AUTHORIZATION=f"Bearer {access}")
    assert _me(access) == 401
    assert _refresh(_cookie(client)).status_code == 401


def test_a_changed_password_ends_access_and_refresh(client: Client, owner: User) -> None:
    access = _login(client, owner)["access_token"]
    owner.set_password("another long passphrase")
    owner.save()
    assert _me(access) == 401
    assert client.post(tokens.REFRESH_PATH).status_code == 401


@pytest.mark.parametrize("gone", ["deleted", "switched off"])
def test_a_person_who_is_gone_gets_in_no_more(client: Client, owner: User, gone: str) -> None:
    access = _login(client, owner)["access_token"]
    if gone == "deleted":
        owner.delete()
    else:
        owner.is_active = False
        owner.save()
    assert _me(access) == 401
    assert client.post(tokens.REFRESH_PATH).status_code == 401


def test_the_key_of_a_browser_session_is_no_token(client: Client, owner: User) -> None:
    client.force_login(owner)
    key = client.session.session_key
    answer = Client().get(f"{API}/auth/session", HTTP_X_SESSION_TOKEN=key)
    assert answer.status_code == 401
    assert _me(str(key)) == 401


@pytest.mark.django_db(transaction=True)
def test_refreshes_at_the_same_moment_make_one_successor(client: Client, owner: User) -> None:
    _login(client, owner)
    token, start, results = _cookie(client), threading.Barrier(6), []

    def go() -> None:
        start.wait()
        answer = _refresh(token)
        results.append((answer.status_code, answer.cookies[tokens.REFRESH_COOKIE].value))
        connection.close()

    threads = [threading.Thread(target=go) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in results} == {200}
    successors = {successor for _, successor in results}
    assert len(successors) == 1
    assert _refresh(successors.pop()).status_code == 200


def test_time_alone_makes_no_family_longer(client: Client, owner: User) -> None:
    _login(client, owner)
    claims = jwt.decode(_cookie(client), options={"verify_signature": False})
    assert claims["exp"] - time.time() <= 86_400

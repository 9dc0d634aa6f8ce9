"""Forwarded headers through a real daphne: believed from as many proxies as are trusted, and from nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings
from websockets.sync.client import connect

from apps.accounts.adapter import AccountAdapter
from apps.accounts.addresses import client_address

FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "localhost",
}


@contextmanager
def server(proxies: int) -> Iterator[int]:
    command = [sys.executable, "-m", "apps.accounts.tests.address_server"]
    environment = {**os.environ, "TRUSTED_PROXIES": str(proxies)}
    with subprocess.Popen(  # noqa: S603 - our own script, named here
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def over_http(port: int, headers: dict[str, str]) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/", headers=headers).json()
    return answer


def over_socket(port: int, headers: dict[str, str]) -> dict[str, Any]:
    with connect(f"ws://127.0.0.1:{port}/", additional_headers=headers) as socket:
        answer: dict[str, Any] = json.loads(socket.recv())
    return answer


@pytest.fixture(scope="module")
def alone() -> Iterator[int]:
    with server(0) as port:
        yield port


@pytest.fixture(scope="module")
def behind_two() -> Iterator[int]:
    with server(2) as port:
        yield port


def test_without_a_proxy_forged_headers_change_nothing(alone: int) -> None:
    here = f"127.0.0.1:{alone}"
    assert over_http(alone, FORGED) == {"client": "127.0.0.1", "host": here, "secure": False}
    assert over_socket(alone, FORGED) == {"client": "127.0.0.1", "host": here}


def test_behind_two_proxies_the_second_entry_from_the_end_is_the_client(behind_two: int) -> None:
    headers = {**FORGED, "X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.0.0.2"}
    assert over_http(behind_two, headers) == {"client": "203.0.113.9", "host": "localhost", "secure": True}
    assert over_socket(behind_two, headers) == {"client": "203.0.113.9", "host": "localhost"}


def test_who_went_around_a_proxy_is_known_by_the_connection(behind_two: int) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9"}
    assert over_http(behind_two, headers)["client"] == "127.0.0.1"
    assert over_socket(behind_two, headers)["client"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.9:51000", "203.0.113.9"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_an_address_is_read_however_a_proxy_writes_it(settings: Settings, written: str, meant: str) -> None:
    settings.TRUSTED_PROXIES = 1
    assert client_address(RequestFactory().get("/", headers={"X-Forwarded-For": written})) == meant


def test_several_headers_of_one_name_are_one_list(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    pairs = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.9")]
    assert client_address({"type": "websocket", "client": ("127.0.0.1", 1), "headers": pairs}) == "203.0.113.9"


def test_a_unix_socket_has_no_address() -> None:
    assert client_address({"type": "websocket", "client": None, "headers": []}) == ""


@pytest.mark.django_db
def test_a_login_through_too_few_proxies_is_no_server_error(client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 2
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "localhost"}
    page = client.post("/accounts/login/", {"login": "a@example.com", "password": "wrong"}, headers=headers)
    assert page.status_code == 200
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "203.0.113.9, 10.0.0.2"})
    assert AccountAdapter().get_client_ip(request) == "203.0.113.9"

"""Each check fires on its mistake, and a sane installation is silent."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from eaichat.checks import check_installation, is_here, is_public
from eaichat.temporal import IN_CLEAR, Access

SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path("db.sqlite3")}}
MYSQL = {"default": {"ENGINE": "eaichat.mysql", "NAME": "eaichat", "HOST": "mysql"}}
CONSOLE = "django.core.mail.backends.console.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"

EMBEDDED: dict[str, Any] = {
    "PUBLIC_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
    "DATABASES": SQLITE,
    "REDIS_URL": "",
    "QDRANT_URL": "",
    "TEMPORAL_ADDRESS": "",
    "TEMPORAL_ACCESS": IN_CLEAR,
    "TRUSTED_PROXIES": 0,
    "DEBUG": False,
    "DEMO": True,
    "SIGNUP_OPEN": True,
    "EMAIL_BACKEND": CONSOLE,
    "SECRETS_ARE_LOCAL": True,
    "FIELD_KEYS": settings.FIELD_KEYS,
    "HEADLESS_JWT_PRIVATE_KEY": settings.HEADLESS_JWT_PRIVATE_KEY,
}
PRODUCTION: dict[str, Any] = {
    **EMBEDDED,
    "PUBLIC_URL": "https://chat.example.com",
    "ALLOWED_HOSTS": ["chat.example.com"],
    "DATABASES": MYSQL,
    "REDIS_URL": "redis://:password@redis:6379/0",
    "QDRANT_URL": "http://qdrant:6333",
    "TEMPORAL_ADDRESS": "temporal:7233",
    "TRUSTED_PROXIES": 1,
    "DEMO": False,
    "EMAIL_BACKEND": SMTP,
    "SECRETS_ARE_LOCAL": False,
}
SERVICES: dict[str, Any] = {  # `make services`: production's parts on loopback
    **EMBEDDED,
    "DATABASES": {"default": {**MYSQL["default"], "HOST": "127.0.0.1"}},
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "TEMPORAL_ADDRESS": "127.0.0.1:7233",
}


def ids(patch: pytest.MonkeyPatch, values: dict[str, Any]) -> set[str | None]:
    for name, value in values.items():
        patch.setattr(settings, name, value)  # as the process had started with it: no signal
    found = check_installation(None)
    assert all(message.hint for message in found)
    return {message.id for message in found}


@pytest.mark.parametrize("sane", [EMBEDDED, PRODUCTION, SERVICES], ids=["embedded", "production", "services"])
def test_a_sane_installation_is_silent(monkeypatch: pytest.MonkeyPatch, sane: dict[str, Any]) -> None:
    assert ids(monkeypatch, sane) == set()


@pytest.mark.parametrize(
    ("sane", "mistake", "named"),
    [
        (PRODUCTION, {"ALLOWED_HOSTS": ["localhost"]}, "E001"),
        (PRODUCTION, {"FIELD_KEYS": []}, "E002"),
        (PRODUCTION, {"HEADLESS_JWT_PRIVATE_KEY": ""}, "E002"),
        (PRODUCTION, {"FIELD_KEYS": [*settings.FIELD_KEYS, "too short"]}, "E003"),
        (PRODUCTION, {"HEADLESS_JWT_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----"}, "E003"),
        (PRODUCTION, {"PUBLIC_URL": "https://chat.example.com/shop"}, "E004"),
        (PRODUCTION, {"DATABASES": SQLITE}, "W001"),
        (EMBEDDED, {"TEMPORAL_ADDRESS": "10.0.0.7:7233"}, "W001"),
        (PRODUCTION, {"SECRETS_ARE_LOCAL": True}, "W002"),
        (PRODUCTION, {"QDRANT_URL": ""}, "W003"),
        (PRODUCTION, {"DEBUG": True}, "W004"),
        (PRODUCTION, {"ALLOWED_HOSTS": ["*"]}, "W005"),
        (PRODUCTION, {"PUBLIC_URL": "http://chat.example.com"}, "W006"),
        (PRODUCTION, {"DEMO": True}, "W007"),
        (PRODUCTION, {"EMAIL_BACKEND": CONSOLE}, "W008"),
        (PRODUCTION, {"REDIS_URL": "redis://cache.example.com:6379/0"}, "W009"),
        (EMBEDDED, {"TEMPORAL_ACCESS": Access(api_key="k")}, "W010"),
        (PRODUCTION, {"TEMPORAL_ADDRESS": "eaichat.abc.tmprl.cloud:7233"}, "W011"),
        (PRODUCTION, {"TRUSTED_PROXIES": 0}, "W012"),
    ],
)
def test_a_mistake_is_named_alone(
    monkeypatch: pytest.MonkeyPatch, sane: dict[str, Any], mistake: dict[str, Any], named: str
) -> None:
    assert ids(monkeypatch, {**sane, **mistake}) == {f"eaichat.{named}"}


def test_an_outgoing_proxy_before_our_own_qdrant_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "localhost")
    monkeypatch.delenv("no_proxy", raising=False)
    assert ids(monkeypatch, PRODUCTION) == {"eaichat.W013"}
    monkeypatch.setenv("NO_PROXY", "localhost, qdrant")
    assert ids(monkeypatch, PRODUCTION) == set()


def test_what_nobody_reads_in_a_dotenv_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"PORT", "MYSQL_PASSWORD", "COMPOSE_PROJECT_NAME", "no_proxy"}
    monkeypatch.setattr(settings.ENVIRONMENT, "written", known)
    assert ids(monkeypatch, EMBEDDED) == set()
    monkeypatch.setattr(settings.ENVIRONMENT, "written", known | {"ALOWED_HOSTS"})
    assert ids(monkeypatch, EMBEDDED) == {"eaichat.W014"}


def test_the_setting_of_the_first_installations_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_BACKEND", SMTP)
    assert ids(monkeypatch, EMBEDDED) == {"eaichat.W014"}


def test_manage_py_check_runs_them_and_fails_on_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    ids(monkeypatch, EMBEDDED)
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["other.test"])
    with pytest.raises(SystemCheckError, match=r"eaichat\.E001.*\n.*HINT: Add localhost to ALLOWED_HOSTS"):
        call_command("check", stderr=io.StringIO())


@pytest.mark.parametrize("host", ["chat.example.com", "8.8.8.8", "2606:4700::1111"])
def test_the_world_can_reach_it(host: str) -> None:
    assert is_public(host)


@pytest.mark.parametrize("host", ["localhost", "mysql", "10.0.0.7", "::1", "db.internal", "x.local"])
def test_only_neighbours_can_reach_it(host: str) -> None:
    assert not is_public(host)


def test_what_is_this_machine() -> None:
    assert [is_here(host) for host in ("", "127.0.0.1", "::1", "localhost", "/run/mysqld.sock")] == [True] * 5
    assert not is_here("mysql")

"""The doors of the application: where everything is, what works, and the commands that say so."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.errors import CatalogError
from eaichat import health


@pytest.mark.django_db
def test_the_front_page_leads_to_every_part(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    demo = Store.objects.create(name="Demo", is_demo=True)
    page = client.get("/").content.decode()
    for address in ("/demo/", f"/chat/{demo.public_key}/", "/console/", "/admin/", "/api/docs/"):
        assert f'href="{address}"' in page


@pytest.mark.django_db
def test_the_front_page_without_a_demo_names_no_storefront(client: Client, settings: Settings) -> None:
    settings.DEMO = False
    assert "/demo/" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_healthz_is_200_while_temporal_is_still_being_prepared(client: Client, catalog: Catalog) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200, response.content
    assert set(response.json()["parts"]) == {"web", "database", "index", "models", "temporal"}


@pytest.mark.django_db
def test_healthz_is_503_when_a_shopper_would_miss_something(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [health.Part("web", True, "answers"), health.Part("index", False, "gone")]
    monkeypatch.setattr(health, "parts", lambda: broken)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["parts"]["index"] == {"ok": False, "state": "gone"}


def test_healthz_tells_nobody_where_the_parts_are_and_doctor_does(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings, catalog: Catalog
) -> None:
    refused = OperationalError(1045, "Access denied for user 'eaichat'@'10.0.0.9' (using password: YES)")
    away = CatalogError("index_unreachable", "Qdrant at 10.0.0.9:6333 is away")
    monkeypatch.setattr(catalog.vectors.backend, "ping", Mock(side_effect=away))
    monkeypatch.setattr(connection, "cursor", Mock(side_effect=refused))
    settings.REDIS_URL, settings.TEMPORAL_ADDRESS = "redis://:hunter2@127.0.0.1:9/0", "127.0.0.1:9"
    found = health.parts()
    assert [part.name for part in found if part.trouble] == ["database", "index", "temporal"]
    page = client.get("/healthz")
    assert page.status_code == 503
    for secret in ("10.0.0.9", "127.0.0.1", "eaichat", "hunter2"):
        assert secret not in page.content.decode()


@pytest.mark.django_db
def test_doctor_names_every_part_and_fails_when_the_web_does_not_answer(
    catalog: Catalog, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    settings.PUBLIC_URL = "http://localhost:9"
    with pytest.raises(CommandError, match="make run"):
        call_command("doctor")
    table = capsys.readouterr().out
    for part in ("web", "database", "index", "models", "temporal"):
        assert part in table


@pytest.mark.django_db
def test_the_api_describes_itself_without_scripts_from_elsewhere(client: Client) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200
    assert b"https://" not in page.content
    assert "unsafe-inline" not in page["Content-Security-Policy"].split("script-src")[-1].split(";")[0]
    schema = client.get("/api/schema/")
    assert b"/api/v1/chat/sessions/" in schema.content

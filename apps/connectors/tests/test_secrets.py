"""What happens to a platform's secrets: encrypted, never shown, never sent to another address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import AuditLog, Store, User
from apps.connectors.linking import read_settings
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms import registry
from apps.connectors.tests.keyed import KeyedConnector

NEW = "/console/connectors/new/"
TOKEN = "shpat_0123456789"


@pytest.fixture(autouse=True)
def keyed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(registry.PLATFORMS, "keyed", "apps.connectors.tests.keyed.KeyedConnector")
    yield
    registry.platform.cache_clear()


@pytest.fixture
def console(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


@pytest.fixture
def connector(console: Client, store: Store) -> ConnectorConfig:
    console.post(NEW, {"platform": "keyed", "base_url": "https://a.example", "token": TOKEN, "name": "Keyed"})
    return ConnectorConfig.objects.get()


def test_a_secret_is_encrypted_in_the_database_and_whole_in_use(connector: ConnectorConfig) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials, settings FROM connectors_connectorconfig")
        row = str(cursor.fetchall())
    assert TOKEN not in row
    assert "a.example" in row
    assert read_settings(connector) == KeyedConnector.Settings(base_url="https://a.example", token=TOKEN)


def test_a_secret_is_never_sent_back_nor_logged(
    console: Client, connector: ConnectorConfig, caplog: pytest.LogCaptureFixture
) -> None:
    for path in ("", "edit/"):
        assert TOKEN not in console.get(f"/console/connectors/{connector.pk}/{path}").content.decode()
    answer = console.post(NEW, {"platform": "keyed", "base_url": "", "token": TOKEN})
    assert TOKEN not in answer.content.decode()
    assert TOKEN not in str(list(AuditLog.objects.values_list("data", flat=True)))
    assert TOKEN not in caplog.text


def test_an_empty_secret_keeps_the_stored_one_while_the_address_stays(
    console: Client, connector: ConnectorConfig
) -> None:
    edit = f"/console/connectors/{connector.pk}/edit/"
    console.post(edit, {"base_url": "https://a.example", "token": "", "name": "Renamed"})
    connector.refresh_from_db()
    assert connector.name == "Renamed"
    assert TOKEN in connector.credentials


def test_a_stored_secret_never_goes_to_another_address(console: Client, connector: ConnectorConfig) -> None:
    edit = f"/console/connectors/{connector.pk}/edit/"
    response = console.post(edit, {"base_url": "https://thief.example", "token": "", "name": "Keyed"})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()
    test = {"base_url": "https://thief.example", "token": "", "connector": str(connector.pk)}
    assert "token" in console.post("/console/connectors/test/", test).json()["fields"]
    connector.refresh_from_db()
    assert connector.settings == {"base_url": "https://a.example"}


def test_a_new_secret_replaces_the_old_one(console: Client, connector: ConnectorConfig) -> None:
    edit = f"/console/connectors/{connector.pk}/edit/"
    console.post(edit, {"base_url": "https://b.example", "token": "another-token", "name": "Keyed"})
    connector.refresh_from_db()
    assert read_settings(connector) == KeyedConnector.Settings(base_url="https://b.example", token="another-token")

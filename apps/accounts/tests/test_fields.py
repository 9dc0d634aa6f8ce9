"""The encrypted field: unreadable in the database, readable with a new key in front, loud with a wrong one."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from apps.accounts.models import Store

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
SECRET = '{"token": "shpat-Grüße-秘密"}'


@pytest.fixture
def connectors(settings: Settings) -> Any:
    """The manager of a model that has such a field; by name, since this room stands under that one."""
    settings.FIELD_KEYS = [OLD]
    return apps.get_model("connectors", "ConnectorConfig").objects


def _stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM connectors_connectorconfig")
        return str(cursor.fetchone()[0])


def test_the_database_holds_no_readable_secret(connectors: Any, store: Store) -> None:
    connectors.create(store=store, name="Shop", platform="fakestore", credentials=SECRET)
    assert "shpat" not in _stored()
    assert connectors.get().credentials == SECRET


def test_nothing_stays_nothing(connectors: Any, store: Store) -> None:
    connectors.create(store=store, name="Shop", platform="fakestore")
    assert _stored() == ""
    assert connectors.get().credentials == ""


def test_a_new_key_in_front_still_reads_what_the_old_one_wrote(
    connectors: Any, store: Store, settings: Settings
) -> None:
    connectors.create(store=store, name="Shop", platform="fakestore", credentials=SECRET)
    settings.FIELD_KEYS = [NEW, OLD]
    found = connectors.get()
    assert found.credentials == SECRET
    found.save()
    settings.FIELD_KEYS = [NEW]
    assert connectors.get().credentials == SECRET, "saving it again must have used the new key"


def test_a_wrong_key_is_an_error_and_never_gives_ciphertext(
    connectors: Any, store: Store, settings: Settings
) -> None:
    connectors.create(store=store, name="Shop", platform="fakestore", credentials=SECRET)
    settings.FIELD_KEYS = [OTHER]
    with pytest.raises(ImproperlyConfigured, match=r"ConnectorConfig\.credentials .* put the old key back"):
        connectors.get()


def test_no_key_at_all_is_an_error_before_anything_is_written(
    connectors: Any, store: Store, settings: Settings
) -> None:
    settings.FIELD_KEYS = [""]
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS is empty"):
        connectors.create(store=store, name="Shop", platform="fakestore", credentials=SECRET)

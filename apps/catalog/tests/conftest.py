"""Fixtures of this room alone; those for other rooms are in fixtures.py."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.hosting import client
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.tests.shop import SHOP


@pytest.fixture
def own_host(tmp_path: Path) -> Iterator[Path]:
    """The directory of an index host that this test may stop, break, or fill with another model."""
    host = HostProcess(tmp_path / "index")
    host.start()
    yield tmp_path / "index"
    host.stop()


@pytest.fixture
def patient_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making a collection syncs a hundred small files, which takes a busy machine longer than a shopper waits."""
    exchange = HostClient._exchange
    monkeypatch.setattr(client, "READ_TIMEOUT_S", 30.0)
    monkeypatch.setattr(HostClient, "_exchange", lambda self, request, timeout: exchange(self, request, 30.0))


@pytest.fixture(scope="session")
def shop_id(session_catalog: Catalog) -> uuid.UUID:
    """The id of a store whose products are `SHOP`, indexed once: the tests of one session only read them."""
    store_id = uuid.uuid4()
    session_catalog.index(store_id=str(store_id), products=SHOP, sync_run="run-1")
    return store_id


@pytest.fixture
def shop(db: None, catalog: Catalog, shop_id: uuid.UUID) -> Store:
    """A store whose products are `SHOP`, and whose pages are at http://localhost:3000."""
    return Store.objects.create(pk=shop_id, name="Small Shop", allowed_origins=["http://localhost:3000"])

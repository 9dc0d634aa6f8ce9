"""A feed as a file that the merchant uploads: kept under VAR_DIR, replaced and deleted with its connector."""

from __future__ import annotations

import gzip
import html
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditLog, Store, User
from apps.catalog.engine.catalog import Catalog
from apps.connectors import services, uploads
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.errors import ConnectorError

NEW = "/console/connectors/new/"
SHIRTS = b"id,title,price\n1,Shirt,20 EUR\n2,Cap,9 EUR\n"
MUGS = b"id,title,price\n7,Mug,5 EUR\n"
Committed = Callable[..., AbstractContextManager[object]]


@pytest.fixture(autouse=True)
def var(settings: LazySettings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def console(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Committed) -> Callable[[], AbstractContextManager[object]]:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def file(content: bytes, name: str = "shirts.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def connector(console: Client, committed: Committed, catalog: Catalog) -> ConnectorConfig:
    with committed():
        console.post(NEW, {"platform": "feed", "file": file(SHIRTS)})
    return ConnectorConfig.objects.get()


def sync(connector: ConnectorConfig) -> SyncRun:
    return services.run_sync(run_id=services.new_foreground_run(connector=connector).pk)


def edit(console: Client, connector: ConnectorConfig, **typed: object) -> str:
    url = f"{reverse('console_connector', args=[connector.pk])}edit/"
    return html.unescape(console.post(url, {"name": connector.name, **typed}, follow=True).content.decode())


def titles(catalog: Catalog, store: Store) -> list[str]:
    return sorted(product.title for product in catalog.scroll(store_id=str(store.pk)))


def test_an_uploaded_feed_is_kept_beside_the_database_and_synced(
    connector: ConnectorConfig, store: Store, catalog: Catalog, var: Path
) -> None:
    assert connector.name == "shirts.csv"
    assert connector.settings["file"] == "shirts.csv"
    stored = var / "feeds" / str(connector.pk)
    assert stored.read_bytes() == SHIRTS
    assert stored.stat().st_mode & 0o077 == 0
    assert [path.name for path in stored.parent.iterdir()] == [str(connector.pk)]
    assert (sync(connector).state, titles(catalog, store)) == ("succeeded", ["Cap", "Shirt"])


def test_another_file_takes_its_place(
    console: Client, connector: ConnectorConfig, store: Store, catalog: Catalog, committed: Committed
) -> None:
    sync(connector)
    with committed():
        assert "Saved" in edit(console, connector, file=file(gzip.compress(MUGS), "mugs.csv.gz"))
    connector.refresh_from_db()
    assert connector.settings["file"] == "mugs.csv.gz"
    sync(connector)
    assert titles(catalog, store) == ["Mug"]
    entry = AuditLog.objects.filter(action="connector.changed").latest("pk")
    assert entry.data["changes"]["file"] == ["shirts.csv", "mugs.csv.gz"]


def test_other_settings_change_and_the_file_stays(
    console: Client, connector: ConnectorConfig, committed: Committed
) -> None:
    with committed():
        assert "Saved" in edit(console, connector, name="Shirts", columns="title = title")
    connector.refresh_from_db()
    assert (connector.name, connector.settings["file"]) == ("Shirts", "shirts.csv")
    assert uploads.path(connector.pk).exists()


def test_an_address_in_its_place_deletes_the_file(
    console: Client, connector: ConnectorConfig, committed: Committed
) -> None:
    with committed():
        assert "Saved" in edit(console, connector, url="https://a.example/feed.csv")
    connector.refresh_from_db()
    assert connector.settings["file"] == ""
    assert not uploads.path(connector.pk).exists()


@pytest.mark.parametrize("keep", [True, False])
def test_the_file_goes_with_its_connector(connector: ConnectorConfig, committed: Committed, keep: bool) -> None:
    with committed():
        services.delete_connector(connector=connector, actor=None, keep_products=keep)
    assert not uploads.path(connector.pk).exists()


def test_an_address_and_a_file_are_one_too_many_and_neither_is_too_few(console: Client) -> None:
    for typed in ({}, {"url": "https://a.example/feed.csv", "file": file(SHIRTS)}):
        answer = console.post(NEW, {"platform": "feed", **typed})
        assert "or a file of at most 9 MB: one of them" in answer.content.decode()
    assert not ConnectorConfig.objects.exists()


def test_a_file_that_is_too_large_is_refused(console: Client, var: Path) -> None:
    answer = console.post(NEW, {"platform": "feed", "file": file(b"id,title\n" + b"x" * 9 * 1024**2)})
    assert "a file of at most 9 MB" in answer.content.decode()
    assert not (var / "feeds").exists()


def test_a_file_is_tested_and_previewed_before_it_is_stored(console: Client, var: Path) -> None:
    answer = console.post("/console/connectors/test/", {"platform": "feed", "file": file(SHIRTS)}).json()
    assert answer == {"ok": True, "text": "It works: 2 products, for example “Shirt”."}
    shown = console.post("/console/connectors/preview/", {"platform": "feed", "file": file(SHIRTS)})
    assert "Shirt" in shown.content.decode()
    assert not (var / "feeds").exists()


def test_the_stored_file_is_tested_and_previewed(console: Client, connector: ConnectorConfig) -> None:
    page = reverse("console_connector", args=[connector.pk])
    assert console.post(f"{page}check/").json()["ok"]
    assert "Shirt" in console.post(f"{page}preview/").content.decode()
    typed = {"platform": "feed", "connector": str(connector.pk), "columns": "title = title"}
    assert console.post("/console/connectors/test/", typed).json()["ok"]


def test_a_file_that_is_gone_is_told(connector: ConnectorConfig) -> None:
    uploads.path(connector.pk).unlink()
    with pytest.raises(ConnectorError, match="Upload it again"):
        sync(connector)
    assert connector.runs.get().state == "failed"

"""Searching by a photo on the console's page Catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Store, User
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.images.decoding import MOST_BYTES
from apps.catalog.tests.picture_server import encoded
from apps.catalog.tests.pictured import pictured_mugs
from apps.catalog.tests.shop import SHOP

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, viewer: User, other_index_host: Path, tmp_path: Path, store: Store) -> Iterator[Client]:
    """The page of a store with a red and a blue mug, and a model that sees colours."""
    with pictured_mugs(store, host=other_index_host, directory=tmp_path):
        client.force_login(viewer)
        yield client


def send(client: Client, data: bytes | None) -> str:
    fields = {} if data is None else {"photo": SimpleUploadedFile("a.jpg", data, "image/jpeg")}
    response = client.post(reverse("console_catalogue_photo"), fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_photo_finds_what_looks_like_it(page: Client) -> None:
    text = send(page, encoded("red", kind="JPEG"))
    assert "red mug" in text
    assert "blue mug" not in text
    assert "Picture" in text


@pytest.mark.parametrize("data", [b"<svg/>", b"\xff\xd8\xff" + bytes(MOST_BYTES), bytes(10 * 1024**2), None])
def test_what_is_no_photo_is_refused_and_the_page_goes_on(page: Client, data: bytes | None) -> None:
    text = send(page, data)
    assert 'class="notice danger"' in text
    assert "Find alike" in text


def test_no_upload_is_written_to_a_disk(page: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", None)
    send(page, encoded("red") + bytes(5 * 1024**2))


def test_without_a_model_for_pictures_nothing_is_offered(
    client: Client, viewer: User, catalog: Catalog, store: Store
) -> None:
    client.force_login(viewer)
    catalog.index(store_id=str(store.pk), products=SHOP[:1], sync_run="1")
    assert "Search as a shopper" in client.get(reverse("console_catalogue")).content.decode()
    assert "Find alike" not in client.get(reverse("console_catalogue")).content.decode()
    assert "cannot be searched by picture" in send(client, encoded("red"))

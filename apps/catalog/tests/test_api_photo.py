"""`POST /products/search/photo`: a shopper's photo over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from apps.accounts.models import Store
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.images import decoding, photos
from apps.catalog.engine.images.decoding import MOST_BYTES
from apps.catalog.tests.picture_server import encoded
from apps.catalog.tests.pictured import pictured_mugs

pytestmark = pytest.mark.django_db

LISTED = "http://localhost:3000"


@pytest.fixture
def shop(other_index_host: Path, tmp_path: Path, store: Store) -> Iterator[Store]:
    """A store with a red mug for 5 and a blue one for 50, and a model that sees colours."""
    with pictured_mugs(store, host=other_index_host, directory=tmp_path):
        yield store


def ask(client: Client, store: Store, body: bytes, *, kind: str = "image/jpeg", **given: Any) -> Any:
    address = reverse("api_products_search_photo", query={"store": store.public_key, **given})
    return client.post(address, data=body, content_type=kind, headers={"Origin": LISTED})


def titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [hit["product"]["title"] for hit in answer.json()["hits"]]


def test_a_photo_finds_what_looks_like_it_within_the_limits(client: Client, shop: Store) -> None:
    assert titles(ask(client, shop, encoded("red", kind="JPEG"))) == ["red mug"]
    assert titles(ask(client, shop, encoded("red"), kind="application/octet-stream")) == ["red mug"]
    assert titles(ask(client, shop, encoded("blue"), price_max=10)) == []
    limited = ask(client, shop, encoded("blue"), q="under $60")
    assert titles(limited) == ["blue mug"]
    assert [chip["key"] for chip in limited.json()["filters"]] == ["price"]
    assert limited["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"<svg/>", "image/svg+xml", 400, "bad_image"),
        (b"", "image/jpeg", 400, "bad_image"),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), "image/jpeg", 400, "bad_image"),
        (b"{}", "application/json", 415, "unsupported_media_type"),
    ],
    ids=[
        "a drawing",
        "nothing",
        "too large",
        "json",
    ],  # the test's name goes into the environment of what it starts
)
def test_what_is_no_picture_is_refused(
    client: Client, shop: Store, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = ask(client, shop, body, kind=kind)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_body_of_unknown_length_is_refused_with_what_to_do(client: Client, shop: Store) -> None:
    address = reverse("api_products_search_photo", query={"store": shop.public_key})
    answer = client.generic("POST", address, encoded("red"), content_type="image/png", CONTENT_LENGTH="")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_image")
    assert "Content-Length" in answer.json()["text"]


def test_photos_are_fewer_than_searches(client: Client, shop: Store, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 40
    address = reverse("api_products_search_photo", query={"store": shop.public_key})
    for _ in range(3):
        assert client.options(address, headers={"Origin": LISTED}).status_code == 204
    answers = [ask(client, shop, b"no photo") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    found = client.get(reverse("api_products_search"), {"store": shop.public_key, "q": "mug"})
    assert found.status_code == 200


def test_a_photo_does_not_wait_for_others_without_end(
    client: Client, shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "_PATIENCE", 0.05)
    with decoding._one_at_a_time:
        answer = ask(client, shop, encoded("red"))
    assert (answer.status_code, answer.json()["code"]) == (503, "catalogue_unreachable")
    assert int(answer["Retry-After"]) > 0
    assert titles(ask(client, shop, encoded("red"))) == ["red mug"]


def test_a_page_of_the_store_may_send_one(client: Client, shop: Store) -> None:
    shop.allowed_origins = [LISTED]
    shop.save()
    address = reverse("api_products_search_photo", query={"store": shop.public_key})
    answer = client.options(address, headers={"Origin": LISTED, "Access-Control-Request-Method": "POST"})
    assert answer["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert answer["Access-Control-Allow-Headers"] == "content-type"
    assert ask(client, shop, encoded("red"))["Access-Control-Allow-Origin"] == LISTED


def test_without_a_model_it_is_said(client: Client, store: Store, other_index_host: Path) -> None:
    runtime.install(Catalog(embeddings=EmbeddingService(HashingEmbedder), backend=HostClient(other_index_host)))
    answer = ask(client, store, encoded("red"))
    runtime.install(None)
    assert (answer.status_code, answer.json()["code"]) == (404, "no_image_model")

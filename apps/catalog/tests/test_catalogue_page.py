"""The console's page Catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Store, User
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.tests.shop import SHOP


@pytest.fixture
def page(client: Client, viewer: User) -> Client:
    client.force_login(viewer)
    return client


def text_of(client: Client, query: str = "") -> str:
    response = client.get(reverse("console_catalogue"), {"q": query} if query else {})
    assert response.status_code == 200
    return response.content.decode()


def test_a_store_without_products_is_told_where_they_come_from(page: Client, catalog: Catalog) -> None:
    text = text_of(page)
    assert "No products yet" in text
    assert "Try a search" not in text


def test_the_page_counts_products_and_names_the_model(page: Client, catalog: Catalog, store: Store) -> None:
    catalog.index(store_id=str(store.pk), products=SHOP, sync_run="run-1")
    text = text_of(page)
    assert f">{len(SHOP)}</dd>" in text
    assert "all-MiniLM-L6-v2" in text
    assert "ptimised" in text
    assert re.search(r"written <time[^>]*>just now", text)
    assert "Men &gt; Jackets" in text


def test_a_search_shows_what_was_understood_and_the_hits_with_scores(
    page: Client, catalog: Catalog, store: Store
) -> None:
    catalog.index(store_id=str(store.pk), products=SHOP, sync_run="run-1")
    text = text_of(page, "a warm jacket for men under 60 dollars")
    assert "under $60" in text
    assert "Polar Down Jacket" in text
    assert "Summit Parka" not in text
    assert "59.50 USD" in text


def test_a_search_without_hits_says_so(page: Client, catalog: Catalog, store: Store) -> None:
    catalog.index(store_id=str(store.pk), products=SHOP, sync_run="run-1")
    assert "Nothing fits" in text_of(page, "quantum tractor")


def test_what_the_shopper_wrote_is_escaped(page: Client, catalog: Catalog, store: Store) -> None:
    catalog.index(store_id=str(store.pk), products=SHOP, sync_run="run-1")
    assert "<script>alert" not in text_of(page, "<script>alert(1)</script>\0")


def test_another_stores_products_are_not_shown(
    page: Client, catalog: Catalog, store: Store, other_store: Store
) -> None:
    catalog.index(store_id=str(other_store.pk), products=SHOP, sync_run="run-1")
    assert "No products yet" in text_of(page)


def test_a_stranger_does_not_see_it(client: Client, stranger: User) -> None:
    client.force_login(stranger)
    assert client.get(reverse("console_catalogue")).status_code == 302


def test_without_the_index_the_page_says_what_is_wrong(
    page: Client, embeddings: EmbeddingService, tmp_path: Path
) -> None:
    runtime.install(Catalog(embeddings=embeddings, backend=HostClient(tmp_path)))
    try:
        text = text_of(page, "jacket")
    finally:
        runtime.install(None)
    assert "cannot be read right now" in text
    assert "is not running" in text


@pytest.fixture
def wordy_catalog(own_host: Path) -> Iterator[Catalog]:
    """A catalogue whose model could not be fetched."""
    catalog = Catalog(embeddings=EmbeddingService(HashingEmbedder), backend=HostClient(own_host))
    runtime.install(catalog)
    yield catalog
    runtime.install(None)


def test_search_by_words_alone_is_said_plainly(page: Client, wordy_catalog: Catalog, store: Store) -> None:
    wordy_catalog.index(store_id=str(store.pk), products=SHOP, sync_run="run-1")
    text = text_of(page, "studio headphones")
    assert "Search knows words only" in text
    assert "Studio Headphones" in text


def test_an_index_that_another_model_took_away_says_what_to_do(
    page: Client, wordy_catalog: Catalog, own_host: Path, embeddings: EmbeddingService, store: Store
) -> None:
    wordy_catalog.index(store_id=str(store.pk), products=SHOP, sync_run="run-1")
    Catalog(embeddings=embeddings, backend=HostClient(own_host)).rebuild()
    text = text_of(page)
    assert "Search knows words only" in text
    assert "Give all of them the same, and start them again." in text
    assert "being made again" not in text

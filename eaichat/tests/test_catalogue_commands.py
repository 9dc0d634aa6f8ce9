"""`manage.py search` and `manage.py index`: what an operator sees of the catalogue."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.accounts.models import Store
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.engine.hosting.wire import socket_path
from apps.catalog.product import Product

pytestmark = pytest.mark.django_db

SHELF = [
    Product(product_id="m1", title="Stoneware Mug", price=14.0, category="Home > Mugs", brand="Kiln"),
    Product(product_id="m2", title="Travel Mug [steel]\x1b[31m", price=22.0, category="Home > Mugs", brand="Kiln"),
    Product(product_id="l1", title="Desk Lamp", price=39.0, category="Home > Lamps", brand="Lumo"),
]


def run(*arguments: str) -> str:
    written = io.StringIO()
    call_command(*arguments, stdout=written)
    return written.getvalue()


@pytest.fixture
def shelf(store: Store, catalog: Catalog) -> Store:
    catalog.index(store_id=str(store.pk), products=SHELF, sync_run="run-1")
    return store


def test_search_shows_what_was_understood_and_a_table_of_hits(shelf: Store) -> None:
    told = run("search", "mugs under 20 dollars")
    assert "under $20" in told
    assert "Stoneware Mug" in told
    assert "14.00 USD" in told
    assert "Travel Mug" not in told


def test_a_title_cannot_paint_the_terminal(shelf: Store) -> None:
    told = run("search", "travel mug")
    assert "Travel Mug [steel] [31m" in told
    assert "\x1b[31m" not in told


def test_search_says_when_nothing_fits(shelf: Store) -> None:
    assert "Nothing fits." in run("search", "quantum tractor")


def test_search_speaks_json_to_programs(shelf: Store) -> None:
    told = json.loads(run("search", "mugs under 20 dollars", "--json"))
    assert [hit["product"]["product_id"] for hit in told["hits"]] == ["m1"]
    assert {chip["key"] for chip in told["chips"]} >= {"price"}


def test_the_store_is_named_by_key_id_or_name_and_must_be_when_there_are_several(
    shelf: Store, other_store: Store
) -> None:
    with pytest.raises(CommandError, match="Say which store"):
        run("search", "mug")
    for name in (shelf.public_key, str(shelf.pk), shelf.name):
        assert "Stoneware Mug" in run("search", "mug", "--store", name)
    with pytest.raises(CommandError, match="There is no store 'nowhere'"):
        run("search", "mug", "--store", "nowhere")


@pytest.mark.parametrize("arguments", [("mug", "--limit", "0"), ("mug", "--limit", "1000"), ("x" * 10_240,)])
def test_a_search_that_is_none_is_refused_in_one_line(shelf: Store, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as caught:
        run("search", *arguments)
    assert "\n" not in str(caught.value)


@pytest.fixture
def own_index(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """This process is a short command on an installation of its own, with an index host of its own."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(sys, "argv", ["manage.py", "search"])
    runtime.install(None)
    host = HostProcess(tmp_path / "index")
    host.start()
    yield tmp_path / "index"
    host.stop()
    runtime.install(None)


def test_commands_ask_the_host_that_holds_the_index(
    own_index: Path, store: Store, embeddings: EmbeddingService
) -> None:
    other = Catalog(embeddings=embeddings, backend=HostClient(own_index))
    other.index(store_id=str(store.pk), products=SHELF, sync_run="run-1")
    assert "Desk Lamp" in run("search", "desk lamp")


def test_an_index_that_is_held_and_cannot_be_reached_is_one_line_and_exit_2(own_index: Path, store: Store) -> None:
    socket_path(own_index).unlink()  # whoever holds the lock does not answer any more
    with pytest.raises(CommandError) as caught:
        run("search", "lamp")
    assert caught.value.returncode == 2
    assert "Another index host holds" in str(caught.value)
    assert "\n" not in str(caught.value)

"""`manage.py search` and `manage.py index`: what an operator sees of the catalogue."""

from __future__ import annotations

import io
import json
import os
import signal
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
from apps.catalog.engine.payload import point_id
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


def test_a_currency_is_shown_as_the_platform_wrote_it(store: Store, catalog: Catalog) -> None:
    mug = Product(product_id="m", title="Mug", price=3.0, currency="[/]")
    catalog.index(store_id=str(store.pk), products=[mug], sync_run="run-1")
    assert "3.00 [/]" in run("search", "mug")


def test_explain_shows_the_scores_and_why(shelf: Store) -> None:
    told = run("search", "stoneware mug under 20 dollars", "--explain")
    assert "meaning" in told
    assert "title: stonewar mug; " in told
    assert "under $20" in told.partition("keeps")[2]


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
def host(tmp_path: Path) -> Iterator[HostProcess]:
    host = HostProcess(tmp_path / "index")
    host.start()
    yield host
    host.stop()


@pytest.fixture
def own_index(
    host: HostProcess, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """This process is a short command on an installation of its own, whose index host is another process."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(sys, "argv", ["manage.py", "search"])
    runtime.install(None)
    yield tmp_path / "index"
    runtime.install(None)


def test_commands_ask_the_host_that_holds_the_index(
    own_index: Path, store: Store, embeddings: EmbeddingService
) -> None:
    other = Catalog(embeddings=embeddings, backend=HostClient(own_index))
    other.index(store_id=str(store.pk), products=SHELF, sync_run="run-1")
    assert "Desk Lamp" in run("search", "desk lamp")


def refusal(*arguments: str) -> str:
    """The one line with which a command says that it cannot look; its exit is 2."""
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert caught.value.returncode == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_index_that_is_held_and_cannot_be_reached_is_one_line_and_exit_2(own_index: Path, store: Store) -> None:
    socket_path(own_index).unlink()  # whoever holds the lock does not answer any more
    assert "Another index host holds" in refusal("search", "lamp")


def test_an_index_host_that_hangs_is_one_line_and_exit_2(own_index: Path, host: HostProcess, store: Store) -> None:
    assert host.pid is not None
    os.kill(host.pid, signal.SIGSTOP)
    try:
        assert "index host" in refusal("index", "verify")
    finally:
        os.kill(host.pid, signal.SIGCONT)


@pytest.fixture
def own_catalog(own_index: Path, store: Store, embeddings: EmbeddingService) -> Catalog:
    catalog = Catalog(embeddings=embeddings, backend=HostClient(own_index))
    catalog.index(store_id=str(store.pk), products=SHELF, sync_run="run-1")
    runtime.install(catalog)
    return catalog


def test_stats_tell_collections_stores_and_sizes(own_catalog: Catalog, store: Store) -> None:
    told = json.loads(run("index", "stats", "--json"))
    products = told["collections"][0]
    assert (products["alias"], products["points"], products["vectors"]["text"]) == ("products", 3, 3)
    assert products["bytes_on_disk"] > 0
    assert products["written_at"].startswith("20")
    assert told["stores"] == {str(store.pk): 3}
    table = run("index", "stats")
    assert "Corner Shop" in table
    assert products["collection"] in table


def test_a_rebuilt_index_is_another_collection_with_the_same_products(own_catalog: Catalog, store: Store) -> None:
    before = own_catalog.vectors.active()
    assert "3 products" in run("index", "rebuild")
    assert own_catalog.vectors.active() != before
    assert own_catalog.count(store_id=str(store.pk)) == 3
    assert "Desk Lamp" in run("search", "desk lamp")


def test_a_sound_index_is_verified(own_catalog: Catalog) -> None:
    assert "3 products read, 0 with something wrong" in run("index", "verify")


def test_every_product_that_is_not_what_it_says_is_named_and_the_exit_is_1(
    own_catalog: Catalog, store: Store
) -> None:
    vectors = own_catalog.vectors
    store_id = str(store.pk)
    wrong_price, no_product = point_id(store_id, "m1"), point_id(store_id, "m2")
    vectors.set_payload(store_id=store_id, ids=[wrong_price], payload={"price": 1.0})
    vectors.set_payload(store_id=store_id, ids=[no_product], payload={"title": ""})
    orphan = own_catalog.index(store_id="gone", products=SHELF[:1], sync_run="run-1")
    assert orphan.indexed == 1
    written = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("index", "verify", "--json", stdout=written)
    told = json.loads(written.getvalue())
    assert caught.value.returncode == 1
    assert (told["points"], told["broken"]) == (4, 3)
    lines = {line.partition(" ")[0]: line for line in told["problems"]}
    assert "content hash" in lines[wrong_price]
    assert "is no product: title" in lines[no_product]
    assert "a store that does not exist" in lines[point_id("gone", "m1")]
    assert "3 products" in run("index", "rebuild")
    with pytest.raises(CommandError):
        run("index", "verify")  # the orphan is still there
    own_catalog.vectors.delete(store_id="gone", where=())
    assert "2 products read, 0 with something wrong" in run("index", "verify")


def test_a_damaged_index_is_told_and_set_aside_by_a_rebuild(
    own_catalog: Catalog, own_index: Path, host: HostProcess, store: Store
) -> None:
    host.stop()
    next(own_index.glob("collections/products*/*/segments/*/segment.json")).write_text("{")
    host.start()
    assert "manage.py index rebuild" in refusal("search", "lamp")
    told = json.loads(run("index", "stats", "--json"))
    assert told["collections"][0]["damage"]
    assert told["stores"] == {}
    with pytest.raises(CommandError, match="not sound"):
        run("index", "verify")
    assert "The next sync of each connector fills it" in run("index", "rebuild")
    assert "0 products read, 0 with something wrong" in run("index", "verify")

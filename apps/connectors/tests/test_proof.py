"""Source and index compared, over a real platform server and a real index."""

from __future__ import annotations

import json

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership, Store, User
from apps.catalog.engine.catalog import Catalog
from apps.connectors import proof, proof_views, services
from apps.connectors.missing import Place, why_missing
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.platforms.woocommerce.connector import WooCommerceConnector
from apps.connectors.proof import Comparison, Finding, compare
from apps.connectors.tests.platform_server import PlatformServer, body
from apps.connectors.tests.replay import ReplayServer
from apps.connectors.tests.woocommerce_shop import KEY, SECRET, Shop


@pytest.fixture
def connector(store: Store, demo_platform: PlatformServer, catalog: Catalog) -> ConnectorConfig:
    return add(store, demo_platform, "Fake shop")


@pytest.fixture
def synced(connector: ConnectorConfig) -> ConnectorConfig:
    sync(connector)
    return connector


def add(store: Store, platform: PlatformServer, name: str) -> ConnectorConfig:
    settings = FakeStoreConnector.Settings(base_url=platform.url)
    return services.add_connector(store=store, actor=None, platform="fakestore", name=name, settings=settings)


def sync(connector: ConnectorConfig) -> SyncRun:
    return services.run_sync(run_id=services.new_foreground_run(connector=connector).pk)


def ids(found: Comparison, finding: Finding) -> list[str]:
    return [one.product_id for one in found.examples[finding]]


def test_after_a_sync_source_and_index_agree(synced: ConnectorConfig) -> None:
    found = compare(synced)
    assert found.agrees
    assert (found.read, found.counts[Finding.SAME], found.differences) == (5, 5, 0)


def test_each_kind_of_difference_is_told_with_its_products(
    synced: ConnectorConfig, store: Store, catalog: Catalog, platform: PlatformServer
) -> None:
    catalog.delete(store_id=str(store.pk), product_ids=["2"])
    platform.products[0]["price"] = 61.5
    del platform.products[4]
    platform.products[2]["title"] = ""
    found = compare(synced)
    assert not found.agrees
    assert ids(found, Finding.MISSING) == ["2"]
    assert ids(found, Finding.DIFFERENT) == ["1"]
    # What nothing can read any more leaves the index with the next sync, like what was deleted.
    assert ids(found, Finding.EXTRA) == ["3", "5"]
    assert (found.set_aside, found.counts[Finding.SAME]) == (1, 1)
    assert found.reasons[0].startswith("Product 3: title")
    sync(synced)
    assert compare(synced).agrees


def test_what_lies_in_the_index_is_compared_and_not_what_it_says_of_itself(
    synced: ConnectorConfig, store: Store, catalog: Catalog
) -> None:
    [(point, payload)] = catalog.vectors.first(store_id=str(store.pk), where=(), limit=1)
    catalog.vectors.replace_payload(store_id=str(store.pk), id_=point, payload={**payload, "price": 0.5})
    assert ids(compare(synced), Finding.DIFFERENT) == [payload["product_id"]]


def test_another_connectors_products_are_nobody_elses(
    synced: ConnectorConfig, store: Store, platform: PlatformServer
) -> None:
    second = add(store, platform, "Second shop")
    assert compare(second).counts[Finding.MISSING] == 5
    sync(second)
    assert compare(second).agrees
    assert compare(synced).agrees


def test_examples_are_few_however_many_differ(
    connector: ConnectorConfig, platform: PlatformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "EXAMPLES", 2)
    found = compare(connector)
    assert (found.counts[Finding.MISSING], ids(found, Finding.MISSING)) == (5, ["1", "2"])


def test_a_comparison_that_has_no_more_time_claims_nothing_of_the_rest(
    synced: ConnectorConfig, platform: PlatformServer
) -> None:
    platform.products.clear()
    platform.products.append({"id": 1, "title": "Another", "price": 1})
    found = compare(synced, within=0)
    assert (found.complete, found.agrees) == (False, False)
    assert found.counts[Finding.EXTRA] == 0
    assert found.counts[Finding.DIFFERENT] == 1


@pytest.mark.parametrize("number", ["2", "second"])
def test_a_product_that_no_sync_brought_yet(
    connector: ConnectorConfig, platform: PlatformServer, number: str
) -> None:
    platform.products[1]["sku"] = "second"
    answer = why_missing(connector, number)
    assert (answer.place, answer.text) == (Place.NOT_SYNCED, "The platform has it. No sync has run yet.")
    assert answer.title == "Fjord Wool Sweater"
    services.request_sync(connector=connector, actor=None)
    assert why_missing(connector, number).text == "The platform has it. A sync waits to start."


def test_a_product_that_came_after_the_last_sync(synced: ConnectorConfig, platform: PlatformServer) -> None:
    platform.products.append({"id": 77, "title": "New", "price": 1})
    answer = why_missing(synced, "77")
    assert answer.place == Place.NOT_SYNCED
    assert "It came after the last sync" in answer.text


def test_a_product_that_waits_for_a_sync_that_failed(synced: ConnectorConfig, platform: PlatformServer) -> None:
    platform.answers["/products"] = body(b"<html>")
    with pytest.raises(ConnectorError):
        sync(synced)
    del platform.answers["/products"]
    platform.products[0]["price"] = 1.0
    answer = why_missing(synced, "1")
    assert answer.place == Place.OUTDATED
    assert "The last sync did not reach its end." in answer.text


def test_a_product_that_cannot_be_read_is_told_with_its_reason(
    synced: ConnectorConfig, platform: PlatformServer
) -> None:
    platform.products[1]["title"] = ""
    platform.products.append({"id": 22, "title": "", "price": 1})
    answer = why_missing(synced, "2")
    assert answer.place == Place.SET_ASIDE
    assert answer.text.startswith("Product 2: title")


def test_a_product_that_left_the_source_leaves_with_the_next_sync(
    synced: ConnectorConfig, platform: PlatformServer
) -> None:
    gone = platform.products.pop()
    answer = why_missing(synced, str(gone["id"]))
    assert (answer.place, answer.title) == (Place.LEAVING, gone["title"])
    sync(synced)
    assert why_missing(synced, str(gone["id"])).place == Place.NOT_READ


def test_a_product_that_is_there_says_what_may_still_hide_it(
    synced: ConnectorConfig, platform: PlatformServer
) -> None:
    assert why_missing(synced, " 1 ").place == Place.INDEXED
    platform.products[0]["stock"] = 0
    sync(synced)
    answer = why_missing(synced, "1")
    assert answer.place == Place.INDEXED
    assert "out of stock" in answer.text


def test_the_second_connectors_products_are_found_by_the_platforms_number(
    synced: ConnectorConfig, store: Store, platform: PlatformServer
) -> None:
    second = add(store, platform, "Second shop")
    assert why_missing(second, "1").place == Place.NOT_SYNCED
    sync(second)
    assert why_missing(second, "1").place == Place.INDEXED
    assert why_missing(second, f"{second.product_prefix}1").place == Place.INDEXED


def test_who_has_no_time_to_read_on_does_not_know(synced: ConnectorConfig, platform: PlatformServer) -> None:
    assert why_missing(synced, "none", within=0).place == Place.UNKNOWN


def test_verify_says_that_all_is_well(synced: ConnectorConfig, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sync", "verify", "Fake shop")
    assert "5 products in the source, 5 the same, 0 missing in the index" in capsys.readouterr().out


def test_verify_exits_1_when_they_differ_and_2_when_one_is_away(
    synced: ConnectorConfig, platform: PlatformServer, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.products[0]["price"] = 61.5
    with pytest.raises(CommandError, match="differ in 1 products") as differs:
        call_command("sync", "verify", "Fake shop", "--json")
    assert differs.value.returncode == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["agrees"], told["counts"]["different"]) == (False, 1)
    assert told["examples"]["different"] == [{"product_id": "1", "title": "Harbour Rain Jacket"}]
    platform.close()
    with pytest.raises(CommandError) as away:
        call_command("sync", "verify", "Fake shop")
    assert away.value.returncode == 2


def test_why_says_where_a_product_is(synced: ConnectorConfig, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sync", "why", "Fake shop", "1")
    assert "It is in the catalogue as the platform has it." in capsys.readouterr().out
    with pytest.raises(CommandError, match="It is missing: not read"):
        call_command("sync", "why", "Fake shop", "404")


def test_a_product_that_visitors_do_not_see_is_told_with_the_reason(
    store: Store, catalog: Catalog, settings: LazySettings
) -> None:
    shop = Shop(products=[{"id": number, "name": f"Mug {number}", "price": "5"} for number in (3, 4)])
    server = ReplayServer(shop)
    shop.url = server.url
    settings.DEMO, settings.PUBLIC_URL = True, server.url  # the only private address that may be reached
    keys = WooCommerceConnector.Settings(base_url=server.url, consumer_key=KEY, consumer_secret=SECRET)
    mugs = services.add_connector(store=store, actor=None, platform="woocommerce", name="Mugs", settings=keys)
    try:
        sync(mugs)
        shop.products[1]["status"] = "draft"
        answer = why_missing(mugs, "4")
        assert (answer.place, answer.title) == (Place.HIDDEN, "Mug 4")
        assert answer.text.endswith("“draft”. It leaves the catalogue with the next full sync.")
        sync(mugs)
        assert why_missing(mugs, "4").text == "It is not published in WooCommerce: its status is “draft”."
    finally:
        server.close()


# --- The page -------------------------------------------------------------------------------------------------


@pytest.fixture
def console(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def page(connector: ConnectorConfig) -> str:
    return reverse("console_connector_proof", args=[connector.pk])


def test_the_page_compares_when_it_is_asked_to(
    console: Client, synced: ConnectorConfig, platform: PlatformServer
) -> None:
    asked = len(platform.requests)
    assert console.get(page(synced)).status_code == 200
    assert len(platform.requests) == asked  # looking costs the platform nothing
    assert "All 5 products of the source are in the catalogue" in console.post(page(synced)).text
    platform.products[0]["price"] = 61.5
    shown = console.post(page(synced)).text
    assert "1 product differs; 4 are the same" in shown
    assert "Different in the catalogue: 1" in shown
    assert "Harbour Rain Jacket" in shown


def test_the_page_tells_where_a_product_is(console: Client, synced: ConnectorConfig) -> None:
    assert "It is in the catalogue as the platform has it." in console.post(page(synced), {"product": "1"}).text
    assert "The platform shows no product of this number" in console.post(page(synced), {"product": "404"}).text
    assert 'aria-invalid="true"' in console.post(page(synced), {"product": " "}).text


def test_the_page_says_that_it_could_not_compare_all(
    console: Client, synced: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_views, "WITHIN", 0.0)
    shown = console.post(page(synced)).text
    assert "5 of 5 products were compared in the time that a page has" in shown
    assert f"manage.py sync verify {synced.pk}" in shown


def test_the_page_says_what_is_away(console: Client, synced: ConnectorConfig, platform: PlatformServer) -> None:
    platform.answers["/products"] = body(b"<html>")
    assert "Nothing could be compared." in console.post(page(synced)).text


def test_another_stores_connector_is_not_there(
    client: Client, synced: ConnectorConfig, other_store: Store, stranger: User
) -> None:
    Membership.objects.create(user=stranger, store=other_store, role="owner")
    client.force_login(stranger)
    assert client.get(page(synced)).status_code == 404
    assert client.post(page(synced)).status_code == 404


def test_a_viewer_asks_nothing_of_the_platform(client: Client, synced: ConnectorConfig, viewer: User) -> None:
    client.force_login(viewer)
    assert client.post(page(synced)).status_code == 403

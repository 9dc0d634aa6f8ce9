"""A sync that goes on where another process left it, and one that reads only what has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.catalog.product import Product
from apps.connectors import runs, services
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.platforms.woocommerce.connector import WooCommerceConnector
from apps.connectors.sync import Progress, run_pass
from apps.connectors.tests.platform_server import PlatformServer
from apps.connectors.tests.replay import ReplayServer
from apps.connectors.tests.woocommerce_shop import KEY, SECRET, Shop

OF_OLD = "2026-01-01T00:00:00"


def mug(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "name": f"Mug {number}", "price": "5", "date_modified_gmt": OF_OLD, **fields}


@pytest.fixture
def shop() -> Shop:
    """Three pages of a hundred, the last one half full."""
    return Shop(products=[mug(number) for number in range(1, 251)])


@pytest.fixture
def server(shop: Shop, settings: LazySettings) -> Iterator[ReplayServer]:
    server = ReplayServer(shop)
    shop.url = server.url
    settings.DEMO, settings.PUBLIC_URL = True, server.url  # the only private address that may be reached
    yield server
    server.close()


@pytest.fixture
def connector(store: Store, server: ReplayServer) -> ConnectorConfig:
    keys = WooCommerceConnector.Settings(base_url=server.url, consumer_key=KEY, consumer_secret=SECRET)
    return services.add_connector(store=store, actor=None, platform="woocommerce", name="Mugs", settings=keys)


class Killed(BaseException):
    """A process that ends before it can say anything."""


def killed_when(reached: int) -> Callable[[Progress], None]:
    def watch(progress: Progress) -> None:
        if progress.seen >= reached:
            raise Killed

    return watch


def asked_pages(server: ReplayServer) -> list[str]:
    """The pages of products that were asked for, in order."""
    return [
        one.query["page"]
        for one in server.requests
        if one.path.endswith("/products") and one.query["per_page"] == "100"
    ]


def changed_now(run: SyncRun) -> str:
    assert run.started_at is not None
    return run.started_at.strftime("%Y-%m-%dT%H:%M:%S")


def ids(catalog: Catalog, store: Store) -> set[str]:
    return {product.product_id for product in catalog.scroll(store_id=str(store.pk))}


def synced(connector: ConnectorConfig, **how: Any) -> SyncRun:
    run = services.request_sync(connector=connector, actor=None, **how)
    assert run_pass(run_id=run.pk, watch=lambda _: None)
    run.refresh_from_db()
    return run


def test_a_killed_process_leaves_its_place_to_the_next(
    connector: ConnectorConfig, store: Store, catalog: Catalog, server: ReplayServer
) -> None:
    run = services.request_sync(connector=connector, actor=None)
    for reached in (100, 200):
        with pytest.raises(Killed):
            run_pass(run_id=run.pk, watch=killed_when(reached))
    assert run_pass(run_id=run.pk, watch=lambda _: None)
    run.refresh_from_db()
    assert asked_pages(server) == ["1", "1", "2", "2", "3"]  # who goes on looks behind itself
    assert (run.state, run.seen, run.added, run.unchanged, run.removed) == ("succeeded", 250, 250, 0, 0)
    assert (run.passes, run.after) == (3, "")
    assert len(ids(catalog, store)) == 250


def test_who_is_killed_before_a_page_was_counted_reads_that_page_again(
    connector: ConnectorConfig, catalog: Catalog, server: ReplayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = services.request_sync(connector=connector, actor=None)
    update = runs.update

    def killed(run: SyncRun, **values: Any) -> None:
        if values.get("seen") == 200:
            raise Killed
        update(run, **values)

    with monkeypatch.context() as patch:
        patch.setattr(runs, "update", killed)
        with pytest.raises(Killed):
            run_pass(run_id=run.pk, watch=lambda _: None)
    assert run_pass(run_id=run.pk, watch=lambda _: None)
    run.refresh_from_db()
    assert asked_pages(server) == ["1", "2", "1", "2", "3"]
    assert (run.seen, run.added, run.unchanged) == (250, 250, 0)


def test_a_place_in_a_catalogue_that_has_become_another_is_given_up(
    store: Store, catalog: Catalog, demo_platform: PlatformServer
) -> None:
    at = FakeStoreConnector.Settings(base_url=demo_platform.url)
    connector = services.add_connector(store=store, actor=None, platform="fakestore", name="Fake", settings=at)
    demo_platform.products[:] = [{"id": number, "title": f"Lamp {number}", "price": 5} for number in range(50)]
    run = services.request_sync(connector=connector, actor=None)
    with pytest.raises(Killed):
        run_pass(run_id=run.pk, watch=killed_when(20))
    del demo_platform.products[3]
    for reached in (20, 40):  # killed again on the way, it still knows that it has to look behind itself
        with pytest.raises(Killed):
            run_pass(run_id=run.pk, watch=killed_when(reached))
    assert run_pass(run_id=run.pk, watch=lambda _: None)
    run.refresh_from_db()
    assert (run.seen, run.removed, run.added) == (49, 1, 49)
    assert "3" not in ids(catalog, store)


def test_what_the_index_lost_meanwhile_is_read_again(
    connector: ConnectorConfig, store: Store, catalog: Catalog, server: ReplayServer
) -> None:
    run = services.request_sync(connector=connector, actor=None)
    with pytest.raises(Killed):
        run_pass(run_id=run.pk, watch=killed_when(200))
    catalog.delete_connector(store_id=str(store.pk), connector_id=str(connector.pk))
    assert not run_pass(run_id=run.pk, watch=lambda _: None)
    assert run_pass(run_id=run.pk, watch=lambda _: None)
    run.refresh_from_db()
    assert asked_pages(server) == ["1", "2", "2", "3", "1", "2", "3"]
    assert (run.state, run.seen, len(ids(catalog, store))) == ("succeeded", 250, 250)


def test_a_pass_that_has_its_time_hands_over(
    connector: ConnectorConfig, catalog: Catalog, server: ReplayServer
) -> None:
    run = services.request_sync(connector=connector, actor=None)
    said = [run_pass(run_id=run.pk, watch=lambda _: None, within=0) for _ in range(4)]
    assert said == [False, False, False, True]
    run.refresh_from_db()
    assert (run.state, run.seen, run.passes, run.tries) == ("succeeded", 250, 4, 1)
    assert [line.text for line in run.log.all()][:2] == [
        "Started.",
        "Done: 250 new, 0 changed, 0 unchanged, 0 removed.",
    ]


def test_failures_before_a_page_that_came_at_last_are_forgotten(
    connector: ConnectorConfig, catalog: Catalog
) -> None:
    run = services.request_sync(connector=connector, actor=None)
    runs.note_failure(run_id=run.pk, code="timeout", text="The shop took too long.")
    assert not run_pass(run_id=run.pk, watch=lambda _: None, within=0)
    run.refresh_from_db()
    assert (run.state, run.failures, run.error_text) == ("running", 0, "")


def test_a_run_that_never_gets_further_is_given_up(connector: ConnectorConfig, catalog: Catalog) -> None:
    run = services.request_sync(connector=connector, actor=None)
    for _ in range(runs.MOST_TRIES):
        with pytest.raises(Killed):
            run_pass(run_id=run.pk, watch=killed_when(0))
    with pytest.raises(ConnectorError) as caught:
        run_pass(run_id=run.pk, watch=lambda _: None)
    assert caught.value.code == "worker_lost"


def test_changes_are_read_without_the_rest(
    connector: ConnectorConfig, store: Store, catalog: Catalog, shop: Shop, server: ReplayServer
) -> None:
    first = synced(connector, mode=SyncRun.Mode.CHANGES)
    assert (first.mode, first.seen) == ("full", 250)  # nothing was read before
    now = changed_now(first)
    shop.products[4] |= {"price": "6", "date_modified_gmt": now}
    shop.products[5] |= {"status": "private", "date_modified_gmt": now}
    shop.products.append(mug(999, date_modified_gmt=now))
    server.requests.clear()
    connector.refresh_from_db()
    run = synced(connector, mode=SyncRun.Mode.CHANGES)
    assert (run.mode, run.seen, run.added, run.changed, run.removed) == ("changes", 2, 1, 1, 1)
    assert run.total is None
    assert ids(catalog, store) == {str(number) for number in range(1, 251) if number != 6} | {"999"}
    assert "2" not in asked_pages(server)


def test_what_the_platform_says_has_left_stays_when_it_is_another_connectors(
    connector: ConnectorConfig, store: Store, catalog: Catalog, shop: Shop
) -> None:
    first = synced(connector)
    kept = Product(product_id="6", title="A thing", connector_id="another")
    catalog.index(store_id=str(store.pk), products=[kept], sync_run="before")
    shop.products[5] |= {"status": "private", "date_modified_gmt": changed_now(first)}
    assert synced(connector, mode=SyncRun.Mode.CHANGES).removed == 0
    assert "6" in ids(catalog, store)


def test_what_changed_while_a_sync_was_reading_comes_with_the_next(
    connector: ConnectorConfig, store: Store, catalog: Catalog, shop: Shop
) -> None:
    run = services.request_sync(connector=connector, actor=None)

    def change_the_first(progress: Progress) -> None:
        if progress.seen >= 200:
            shop.products[0] |= {"price": "9", "date_modified_gmt": timezone.now().strftime("%Y-%m-%dT%H:%M:%S")}

    assert run_pass(run_id=run.pk, watch=change_the_first)
    synced(connector, mode=SyncRun.Mode.CHANGES)
    assert catalog.get(store_id=str(store.pk), product_ids=["1"])[0].price == 9


def test_a_schedule_reads_everything_now_and_then(
    connector: ConnectorConfig, store: Store, catalog: Catalog, shop: Shop
) -> None:
    scheduled = {"mode": SyncRun.Mode.CHANGES, "origin": SyncRun.Origin.SCHEDULE}
    synced(connector)
    assert synced(connector, **scheduled).mode == "changes"
    shop.products.pop()  # WooCommerce does not tell of what was deleted for good
    assert synced(connector, **scheduled).removed == 0
    long_ago = timezone.now() - timedelta(hours=connector.full_every)
    SyncRun.objects.filter(mode=SyncRun.Mode.FULL).update(started_at=long_ago)
    run = synced(connector, **scheduled)
    assert (run.mode, run.removed) == ("full", 1)


def test_a_schedule_fills_an_index_that_lost_everything(
    connector: ConnectorConfig, store: Store, catalog: Catalog
) -> None:
    synced(connector)
    catalog.delete_connector(store_id=str(store.pk), connector_id=str(connector.pk))
    run = synced(connector, mode=SyncRun.Mode.CHANGES, origin=SyncRun.Origin.SCHEDULE)
    assert (run.mode, catalog.count(store_id=str(store.pk))) == ("full", 250)


def test_other_settings_need_all(connector: ConnectorConfig, catalog: Catalog, server: ReplayServer) -> None:
    synced(connector)
    keys = WooCommerceConnector.Settings(base_url=f"{server.url}/", consumer_key=KEY, consumer_secret=SECRET)
    services.change_connector(connector=connector, actor=None, name="Cups", settings=keys)
    assert synced(connector, mode=SyncRun.Mode.CHANGES).mode == "changes"  # a name is no setting
    ConnectorConfig.objects.update(settings={**connector.settings, "base_url": "https://elsewhere.example"})
    services.change_connector(connector=connector, actor=None, name="Cups", settings=keys)
    assert synced(connector, mode=SyncRun.Mode.CHANGES).mode == "full"


def test_a_platform_that_knows_no_changes_is_read_whole(
    store: Store, catalog: Catalog, demo_platform: PlatformServer
) -> None:
    at = FakeStoreConnector.Settings(base_url=demo_platform.url)
    connector = services.add_connector(store=store, actor=None, platform="fakestore", name="Fake", settings=at)
    synced(connector)
    demo_platform.products.pop()
    run = synced(connector, mode=SyncRun.Mode.CHANGES)
    assert (run.mode, run.removed) == ("full", 1)

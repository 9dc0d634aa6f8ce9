"""A sync against a real platform server, a real index and a real database."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.accounts.models import AuditLog, Store, User, WorkflowStart
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.queries import SearchQuery
from apps.connectors import runs, services
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.platforms.feed.connector import FeedConnector
from apps.connectors.sync import Progress
from apps.connectors.tests.feeds import serving
from apps.connectors.tests.platform_server import PlatformServer, body

SHARED = Path(__file__).parents[4] / "shared" / "data" / "fakestore" / "products.json"


@pytest.fixture
def connector(store: Store, demo_platform: PlatformServer) -> ConnectorConfig:
    return add(store, demo_platform)


def add(store: Store, platform: PlatformServer, name: str = "Fake shop") -> ConnectorConfig:
    return services.add_connector(
        store=store,
        actor=None,
        platform="fakestore",
        name=name,
        settings=FakeStoreConnector.Settings(base_url=platform.url),
    )


def sync(connector: ConnectorConfig) -> SyncRun:
    return services.run_sync(run_id=services.new_foreground_run(connector=connector).pk)


def titles(catalog: Catalog, store: Store) -> list[str]:
    return sorted(product.title for product in catalog.scroll(store_id=str(store.pk)))


def test_a_sync_brings_every_product_into_the_index(
    connector: ConnectorConfig, store: Store, catalog: Catalog
) -> None:
    seen: list[Progress] = []
    run = services.new_foreground_run(connector=connector)
    done = services.run_sync(run_id=run.pk, progress=seen.append)
    assert (done.state, done.total, done.seen, done.indexed, done.removed) == ("succeeded", 5, 5, 5, 0)
    assert done.finished_at is not None
    assert seen == [Progress(5, 0, 0), Progress(5, 5, 5)]
    [jacket] = catalog.get(store_id=str(store.pk), product_ids=["1"])
    assert (jacket.title, jacket.price, jacket.currency) == ("Harbour Rain Jacket", 58.0, "USD")
    assert jacket.connector_id == str(connector.pk)
    found = catalog.search(store_id=str(store.pk), query=SearchQuery(text="waterproof jacket")).hits
    assert found[0].product == jacket


def test_a_second_sync_embeds_nothing_and_follows_every_change(
    connector: ConnectorConfig, store: Store, catalog: Catalog, platform: PlatformServer
) -> None:
    sync(connector)
    again = sync(connector)
    assert (again.seen, again.indexed, again.removed) == (5, 0, 0)
    platform.products[0]["price"] = 61.5
    del platform.products[4]
    changed = sync(connector)
    assert (changed.seen, changed.indexed, changed.removed) == (4, 1, 1)
    assert "Trail Socks" not in titles(catalog, store)
    assert catalog.get(store_id=str(store.pk), product_ids=["1"])[0].price == 61.5


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"<html>moved</html>", "not_json"),
        (b"{}", "bad_shape"),
        (b"[]", "empty_catalogue"),
        (b'[{"a":1}]', "bad_shape"),
    ],
)
def test_a_failed_sync_says_why_and_leaves_the_catalogue(
    connector: ConnectorConfig, store: Store, catalog: Catalog, platform: PlatformServer, answer: bytes, code: str
) -> None:
    sync(connector)
    before = titles(catalog, store)
    platform.answers["/products"] = body(answer)
    with pytest.raises(ConnectorError) as caught:
        sync(connector)
    assert caught.value.code == code
    run = connector.runs.first()
    assert run is not None
    assert (run.state, run.error_code, run.error_text) == ("failed", code, caught.value.text)
    assert titles(catalog, store) == before


def test_a_dead_host_leaves_the_catalogue(
    connector: ConnectorConfig, store: Store, catalog: Catalog, platform: PlatformServer
) -> None:
    sync(connector)
    platform.close()
    with pytest.raises(ConnectorError) as caught:
        sync(connector)
    assert caught.value.code == "unreachable"
    assert len(titles(catalog, store)) == 5


def test_an_empty_store_that_never_had_products_is_no_failure(
    connector: ConnectorConfig, catalog: Catalog, platform: PlatformServer
) -> None:
    platform.products.clear()
    assert sync(connector).state == "succeeded"


def test_products_that_cannot_be_read_are_counted_and_named(
    connector: ConnectorConfig, catalog: Catalog, platform: PlatformServer
) -> None:
    platform.products[1]["title"] = ""
    done = sync(connector)
    assert (done.seen, done.rejected) == (4, 1)
    assert done.notes[0].startswith("Product 2: title")


def test_a_store_whose_products_can_hardly_be_read_any_more_keeps_the_catalogue(
    connector: ConnectorConfig, store: Store, catalog: Catalog, platform: PlatformServer
) -> None:
    sync(connector)
    before = titles(catalog, store)
    for product in platform.products[1:]:
        product["title"] = ""
    with pytest.raises(ConnectorError) as caught:
        sync(connector)
    assert (caught.value.code, titles(catalog, store)) == ("mostly_unreadable", before)
    assert connector.set_aside.count() == 4


def test_two_connectors_of_a_store_never_share_a_product(
    connector: ConnectorConfig, store: Store, catalog: Catalog, platform: PlatformServer
) -> None:
    second = add(store, platform, "Second shop")
    sync(connector)
    sync(second)
    store_id = str(store.pk)
    assert catalog.count(store_id=store_id) == 10
    assert catalog.count(store_id=store_id, connector_id=str(second.pk)) == 5
    assert second.product_prefix
    assert connector.product_prefix == ""


def test_products_that_were_kept_are_not_overwritten_by_the_next_connector(
    connector: ConnectorConfig, store: Store, catalog: Catalog, platform: PlatformServer
) -> None:
    sync(connector)
    services.delete_connector(connector=connector, actor=None, keep_products=True)
    sync(add(store, platform))
    assert catalog.count(store_id=str(store.pk)) == 10


def test_stores_are_apart(connector: ConnectorConfig, other_store: Store, catalog: Catalog) -> None:
    sync(connector)
    assert catalog.count(store_id=str(other_store.pk)) == 0


def test_deleting_a_connector_takes_its_products_along(
    connector: ConnectorConfig,
    store: Store,
    catalog: Catalog,
    platform: PlatformServer,
    owner: User,
    django_capture_on_commit_callbacks: object,
) -> None:
    second = add(store, platform, "Second shop")
    sync(connector)
    sync(second)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator] # pytest-django's is untyped here
        services.delete_connector(connector=second, actor=owner)
    assert catalog.count(store_id=str(store.pk)) == 5
    assert AuditLog.objects.filter(action="connector.deleted", actor=owner).exists()
    [row] = WorkflowStart.objects.all()  # in case that the index had been away
    assert row.workflow == "ProductRemovalWorkflow"
    assert services.remove_products(**row.argument) == 0


def test_products_of_a_connector_that_exists_are_never_removed(
    connector: ConnectorConfig, store: Store, catalog: Catalog
) -> None:
    sync(connector)
    assert services.remove_products(store_id=str(store.pk), connector_id=str(connector.pk)) == 0
    assert catalog.count(store_id=str(store.pk)) == 5


def test_a_connector_deleted_during_its_sync_leaves_nothing_behind(
    connector: ConnectorConfig, store: Store, catalog: Catalog
) -> None:
    run = services.new_foreground_run(connector=connector)

    def delete_in_the_middle(progress: Progress) -> None:
        if progress.seen:
            services.delete_connector(connector=connector, actor=None)

    with pytest.raises(runs.SyncStoppedError):
        services.run_sync(run_id=run.pk, progress=delete_in_the_middle)
    assert catalog.count(store_id=str(store.pk)) == 0


def test_asking_twice_gives_the_same_run_and_one_workflow(connector: ConnectorConfig, owner: User) -> None:
    run = services.request_sync(connector=connector, actor=owner)
    assert services.request_sync(connector=connector, actor=owner) == run
    [row] = WorkflowStart.objects.all()
    assert (row.workflow, row.argument) == ("ProductSyncWorkflow", {"run_id": str(run.pk)})
    assert run.workflow == row
    assert AuditLog.objects.filter(action="sync.requested", actor=owner).count() == 1


def test_two_syncs_of_a_connector_do_not_run_at_once(connector: ConnectorConfig, catalog: Catalog) -> None:
    first = services.new_foreground_run(connector=connector)
    runs.take_up(run_id=first.pk)
    with pytest.raises(ConnectorError) as caught:
        sync(connector)
    assert (caught.value.code, caught.value.retryable) == ("busy", True)


def test_a_run_whose_process_died_is_given_up_after_a_while(connector: ConnectorConfig, catalog: Catalog) -> None:
    dead = services.new_foreground_run(connector=connector)
    runs.take_up(run_id=dead.pk)
    long_ago = timezone.now() - runs.ABANDONED_AFTER - timedelta(seconds=1)
    SyncRun.objects.filter(pk=dead.pk).update(updated_at=long_ago)
    assert sync(connector).state == "succeeded"
    dead.refresh_from_db()
    assert (dead.state, dead.error_code) == ("failed", "abandoned")
    with pytest.raises(runs.SyncStoppedError):  # were it alive after all, it would stop here
        runs.update(dead, seen=1)


def test_a_run_that_still_waits_for_workflows_is_never_given_up(connector: ConnectorConfig) -> None:
    run = services.request_sync(connector=connector, actor=None)
    SyncRun.objects.update(updated_at=timezone.now() - timedelta(days=3))
    assert services.request_sync(connector=connector, actor=None) == run


def test_only_the_latest_pass_writes_to_the_run(connector: ConnectorConfig) -> None:
    run = services.new_foreground_run(connector=connector)
    earlier = runs.take_up(run_id=run.pk)
    latest = runs.take_up(run_id=run.pk)
    with pytest.raises(runs.SyncStoppedError):
        runs.update(earlier, seen=3)
    runs.update(latest, seen=2)
    run.refresh_from_db()
    assert (run.seen, run.passes) == (2, 2)


def test_ctrl_c_marks_the_run(connector: ConnectorConfig, catalog: Catalog) -> None:
    run = services.new_foreground_run(connector=connector)

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        services.run_sync(run_id=run.pk, progress=interrupt)
    run.refresh_from_db()
    assert (run.state, run.error_code) == ("failed", "interrupted")


def test_a_run_that_is_over_or_unknown_is_not_taken_up(connector: ConnectorConfig, catalog: Catalog) -> None:
    done = sync(connector)
    for run_id in (done.pk, uuid.uuid4()):
        with pytest.raises(runs.SyncStoppedError):
            runs.take_up(run_id=run_id)


def test_an_order_is_found_over_the_stores_connectors(connector: ConnectorConfig, store: Store) -> None:
    order = services.find_order(store_id=str(store.pk), number="1001", email="mira@example.com")
    assert order is not None
    assert order.status == "shipped"
    assert services.find_order(store_id=str(store.pk), number="1001", email="x@example.com") is None


def test_an_order_of_another_store_is_not_found(connector: ConnectorConfig, other_store: Store) -> None:
    assert services.find_order(store_id=str(other_store.pk), number="1001", email="mira@example.com") is None


def test_an_order_is_found_though_another_platform_is_away(
    connector: ConnectorConfig, store: Store, platform: PlatformServer
) -> None:
    broken = ConnectorConfig.objects.create(
        store=store, platform="fakestore", name="A broken one", settings={"base_url": "http://127.0.0.1:9"}
    )
    found = services.find_order(store_id=str(store.pk), number="1001", email="mira@example.com")
    assert found is not None
    with pytest.raises(ConnectorError) as caught:  # nobody has it, and one could not be asked
        services.find_order(store_id=str(store.pk), number="77", email="mira@example.com")
    assert caught.value.code == "refused_address"
    broken.delete()


def test_settings_that_no_longer_fit_are_named(connector: ConnectorConfig, catalog: Catalog) -> None:
    connector.settings = {}
    connector.save()
    with pytest.raises(ConnectorError) as caught:
        sync(connector)
    assert caught.value.code == "bad_settings"


def test_the_command_syncs_by_name(
    connector: ConnectorConfig, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sync", "run", "Fake shop")
    assert "5 products read, 5 new or changed, 0 removed, 0 left out" in capsys.readouterr().out
    call_command("sync", "list")
    assert "Succeeded" in capsys.readouterr().out


def test_the_command_takes_the_beginning_of_an_id(
    connector: ConnectorConfig, catalog: Catalog, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sync", "run", str(connector.pk)[:8])
    assert "5 products" in capsys.readouterr().out


def test_the_command_says_what_went_wrong_in_one_line(
    connector: ConnectorConfig, catalog: Catalog, platform: PlatformServer
) -> None:
    platform.answers["/products"] = body(b"<html>")
    with pytest.raises(CommandError, match="The catalogue stays as it was"):
        call_command("sync", "run", "Fake shop")
    with pytest.raises(CommandError, match="There is no connector 'Nothing'"):
        call_command("sync", "run", "Nothing")


def test_the_command_asks_which_of_two(connector: ConnectorConfig, store: Store, platform: PlatformServer) -> None:
    add(store, platform)
    with pytest.raises(CommandError, match="2 connectors are named"):
        call_command("sync", "run", "Fake shop")


def test_a_feed_is_synced_like_any_platform(store: Store, catalog: Catalog, settings: LazySettings) -> None:
    table = "id,title,price,item_group_id,size\n1,Shirt,20,S,S\n2,Shirt,18,S,M\n3,Mug,free,,\n4,Cup,4 EUR,,\n"
    with serving(table) as server:
        settings.DEMO, settings.PUBLIC_URL = True, server.url  # the only private address that may be reached
        feed = services.add_connector(
            store=store,
            actor=None,
            platform="feed",
            name="Feed",
            settings=FeedConnector.Settings(url=f"{server.url}/feed.csv"),
        )
        done = sync(feed)
        assert (done.state, done.total, done.seen, done.rejected) == ("succeeded", 3, 2, 1)
        assert done.notes == ["Product 3: price: “free” is no price."]
        assert titles(catalog, store) == ["Cup", "Shirt"]
        assert sync(feed).indexed == 0


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not beside this clone")
def test_the_real_catalogue_arrives_unchanged(
    connector: ConnectorConfig, store: Store, catalog: Catalog, platform: PlatformServer
) -> None:
    platform.products[:] = json.loads(SHARED.read_text())
    assert sync(connector).seen == 20
    for given in platform.products:
        [product] = catalog.get(store_id=str(store.pk), product_ids=[str(given["id"])])
        assert (product.title, product.price) == (given["title"].strip(), given["price"])

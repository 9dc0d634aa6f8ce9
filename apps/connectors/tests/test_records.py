"""What a sync run leaves on record: its counts, its log, who asked for it, and the products that it set aside."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import AuditLog, Store, User
from apps.catalog.engine.catalog import Catalog
from apps.catalog.product import Product
from apps.connectors import runs, services
from apps.connectors.models import ConnectorConfig, SetAsideProduct, SyncRun
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.set_aside import by_index, by_platform
from apps.connectors.sync import Progress, run_pass
from apps.connectors.tests.platform_server import PlatformServer, body


@pytest.fixture
def connector(store: Store, demo_platform: PlatformServer) -> ConnectorConfig:
    return services.add_connector(
        store=store,
        actor=None,
        platform="fakestore",
        name="Fake shop",
        settings=FakeStoreConnector.Settings(base_url=demo_platform.url),
    )


def sync(connector: ConnectorConfig) -> SyncRun:
    return services.run_sync(run_id=services.new_foreground_run(connector=connector).pk)


def counts(run: SyncRun) -> tuple[int, ...]:
    assert run.indexed == run.added + run.changed
    return run.seen, run.added, run.changed, run.unchanged, run.removed, run.rejected


def set_aside(connector: ConnectorConfig) -> list[tuple[str, str]]:
    return [(one.product_id, one.reason) for one in connector.set_aside.all()]


def test_a_run_tells_new_changed_unchanged_removed_and_refused_products_apart(
    connector: ConnectorConfig, catalog: Catalog, platform: PlatformServer
) -> None:
    first = sync(connector)
    assert counts(first) == (5, 5, 0, 0, 0, 0)
    assert first.bytes > 500
    platform.products[0]["price"] = 61.5
    platform.products[1]["title"] = "Another title"
    platform.products[2]["title"] = ""
    del platform.products[4]
    platform.products.append({**platform.products[3], "id": 77})
    assert counts(sync(connector)) == (4, 1, 2, 1, 2, 1)


def test_what_a_killed_worker_wrote_counts_as_new_or_changed_when_its_run_is_taken_up_again(
    connector: ConnectorConfig, catalog: Catalog, platform: PlatformServer
) -> None:
    sync(connector)
    platform.products[0]["price"] = 61.5
    platform.products.append({**platform.products[3], "id": 77})
    run = services.request_sync(connector=connector, actor=None)

    def die(progress: Progress) -> None:
        if progress.seen:
            raise KeyboardInterrupt  # as dead as a process can be that has to go on with the test

    with pytest.raises(KeyboardInterrupt):
        run_pass(run_id=run.pk, watch=die)
    SyncRun.objects.filter(pk=run.pk).update(seen=0, added=0, changed=0, indexed=0)  # killed before it was written
    platform.products[-1]["price"] = 3.5  # changed meanwhile: to this run it is new all the same
    run_pass(run_id=run.pk, watch=lambda _: None)
    run.refresh_from_db()
    assert (run.state, run.passes) == ("succeeded", 2)
    assert counts(run) == (6, 1, 1, 4, 0, 0)


def test_a_product_that_cannot_be_read_is_set_aside_until_it_can(
    connector: ConnectorConfig, catalog: Catalog, platform: PlatformServer
) -> None:
    platform.products[1]["title"] = ""
    first = sync(connector)
    [one] = connector.set_aside.all()
    assert (one.product_id, one.run) == ("2", first)
    assert one.reason.startswith("title: ")
    again = sync(connector)
    [same] = connector.set_aside.all()
    assert (same.since, same.run) == (one.since, again)
    platform.products[1]["title"] = "Readable"
    sync(connector)
    assert set_aside(connector) == []


def test_a_product_that_the_platform_no_longer_has_is_no_longer_set_aside(
    connector: ConnectorConfig, catalog: Catalog, platform: PlatformServer
) -> None:
    platform.products[1]["title"] = ""
    sync(connector)
    del platform.products[1]
    sync(connector)
    assert set_aside(connector) == []


def test_a_failed_run_forgets_nothing_that_is_set_aside(
    connector: ConnectorConfig, catalog: Catalog, platform: PlatformServer
) -> None:
    platform.products[1]["title"] = ""
    sync(connector)
    SetAsideProduct.objects.create(connector=connector, product_id="900", reason="Odd.", since=timezone.now())
    platform.answers["/products"] = body(b"<html>")
    with pytest.raises(ConnectorError):
        sync(connector)
    assert len(set_aside(connector)) == 2


def test_a_product_that_the_index_refuses_is_named_by_the_platforms_id_and_its_title() -> None:
    page = [Product(product_id="ab-7:1", title="Mug"), Product(product_id="ab-7", title="Cup")]
    told = by_index(["ab-7:1: its price is not a number"], page, prefix="ab-")
    assert told == [("7:1", "Mug", "Its price is not a number.")]


def test_a_broken_record_without_an_id_is_set_aside_by_its_reason() -> None:
    assert by_platform(["Product 3: title: field required.", "“Mug” has no id."]) == [
        ("3", "", "title: field required."),
        ("", "", "“Mug” has no id."),
    ]


def test_the_log_tells_what_happened(connector: ConnectorConfig, catalog: Catalog) -> None:
    done = sync(connector)
    assert [line.text for line in done.log.all()] == [
        "Started.",
        "Done: 5 new, 0 changed, 0 unchanged, 0 removed.",
    ]
    run = services.new_foreground_run(connector=connector)
    runs.note_failure(run_id=run.pk, code="timeout", text="It took too long.")
    runs.fail(run_id=run.pk, code="timeout", text="It took too long.")
    runs.fail(run_id=run.pk, code="timeout", text="Over already.")
    assert [line.text for line in run.log.all()] == [
        "A try failed: It took too long.",
        "Failed: It took too long.",
    ]


def test_a_run_knows_who_asked_for_it_and_how(connector: ConnectorConfig, owner: User) -> None:
    run = services.request_sync(
        connector=connector, actor=owner, mode=SyncRun.Mode.CHANGES, origin=SyncRun.Origin.PERSON
    )
    assert (run.started_by, run.mode, run.origin) == (owner, "changes", "person")
    entry = AuditLog.objects.get(action="sync.requested", actor=owner)
    assert entry.data == {"mode": "changes", "origin": "person"}
    owner.delete()
    run.refresh_from_db()
    assert run.started_by is None


def test_runs_are_kept_90_days_and_the_newest_of_a_connector_for_good(
    connector: ConnectorConfig, catalog: Catalog
) -> None:
    oldest, old, recent = (sync(connector) for _ in range(3))
    quiet = ConnectorConfig.objects.create(store=connector.store, platform="fakestore", name="Quiet")
    only = SyncRun.objects.create(connector=quiet, state=SyncRun.State.FAILED)
    waiting = SyncRun.objects.create(connector=quiet)
    for run, days in ((oldest, 200), (old, 91), (recent, 89), (only, 400), (waiting, 300)):
        SyncRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=days))
    assert runs.forget_old() == 3
    assert set(SyncRun.objects.values_list("pk", flat=True)) == {recent.pk, waiting.pk}
    SyncRun.objects.filter(pk=recent.pk).update(created_at=timezone.now() - timedelta(days=500))
    assert runs.forget_old() == 0


def test_a_paused_run_is_open_and_never_given_up(connector: ConnectorConfig) -> None:
    run = services.request_sync(connector=connector, actor=None)
    long_ago = timezone.now() - timedelta(days=3)
    SyncRun.objects.filter(pk=run.pk).update(state=SyncRun.State.PAUSED, updated_at=long_ago)
    run.workflow = None
    run.save(update_fields=["workflow"])
    assert services.request_sync(connector=connector, actor=None) == run
    assert SyncRun.objects.get(pk=run.pk).is_open

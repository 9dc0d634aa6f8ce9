"""Runs that people pause, resume and cancel: their row decides, whether or not Temporal is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts import workflow_signals
from apps.accounts.models import AuditLog, Store, User
from apps.catalog.engine.catalog import Catalog
from apps.connectors import runs, services
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.sync import Progress, run_pass
from apps.connectors.tests.platform_server import PlatformServer


@pytest.fixture
def connector(store: Store, demo_platform: PlatformServer) -> ConnectorConfig:
    """Three pages of twenty products."""
    demo_platform.products[:] = [{"id": number, "title": f"Lamp {number}", "price": 5} for number in range(60)]
    at = FakeStoreConnector.Settings(base_url=demo_platform.url)
    return services.add_connector(store=store, actor=None, platform="fakestore", name="Lamps", settings=at)


@pytest.fixture
def run(connector: ConnectorConfig) -> SyncRun:
    return services.request_sync(connector=connector, actor=None)


def after_a_page(deed: Callable[..., bool], run: SyncRun) -> Callable[[Progress], None]:
    done: list[bool] = []

    def watch(progress: Progress) -> None:
        if progress.seen and not done:
            done.append(deed(run=run, actor=None))
            assert done == [True]

    return watch


def finish(run: SyncRun) -> SyncRun:
    assert run_pass(run_id=run.pk, watch=lambda _: None)
    run.refresh_from_db()
    return run


def test_a_paused_run_rests_at_its_page_and_goes_on_there(
    run: SyncRun, store: Store, catalog: Catalog, owner: User
) -> None:
    with pytest.raises(runs.SyncPausedError):
        run_pass(run_id=run.pk, watch=after_a_page(services.pause_sync, run))
    run.refresh_from_db()
    reached = run.seen
    assert (run.state, 0 < reached < 60) == ("paused", True)
    with pytest.raises(runs.SyncPausedError):
        run_pass(run_id=run.pk, watch=lambda _: None)
    assert services.resume_sync(run=run, actor=owner)
    done = finish(run)
    assert (done.state, done.seen, done.added, done.unchanged, done.passes) == ("succeeded", 60, 60, 0, 2)
    assert catalog.count(store_id=str(store.pk)) == 60
    assert AuditLog.objects.filter(action="sync.resumed", actor=owner).count() == 1


def test_a_run_that_waits_can_be_paused_too(run: SyncRun, catalog: Catalog) -> None:
    assert services.pause_sync(run=run, actor=None)
    with pytest.raises(runs.SyncPausedError):
        run_pass(run_id=run.pk, watch=lambda _: None)
    assert services.resume_sync(run=run, actor=None)
    assert finish(run).state == "succeeded"


def test_a_cancelled_run_ends_at_its_page_and_removes_nothing(
    run: SyncRun, connector: ConnectorConfig, store: Store, catalog: Catalog, demo_platform: PlatformServer
) -> None:
    finish(run)
    del demo_platform.products[30:]
    second = services.request_sync(connector=connector, actor=None)
    with pytest.raises(runs.SyncStoppedError):
        run_pass(run_id=second.pk, watch=after_a_page(services.cancel_sync, second))
    second.refresh_from_db()
    assert (second.state, second.finished_at is None, second.removed) == ("cancelled", False, 0)
    assert catalog.count(store_id=str(store.pk)) == 60
    assert services.request_sync(connector=connector, actor=None) != second


def test_other_settings_cancel_a_sync_and_leave_all_to_the_next(
    run: SyncRun, connector: ConnectorConfig, catalog: Catalog, demo_platform: PlatformServer
) -> None:
    def move(progress: Progress) -> None:
        if progress.seen:
            other = FakeStoreConnector.Settings(base_url=f"{demo_platform.url}/other")
            services.change_connector(connector=connector, actor=None, name="Lamps", settings=other)

    with pytest.raises(runs.SyncStoppedError):
        run_pass(run_id=run.pk, watch=move)
    run.refresh_from_db()
    connector.refresh_from_db()
    assert (run.state, run.seen < 60, connector.synced_until) == ("cancelled", True, None)


def test_another_name_cancels_no_sync(
    run: SyncRun, connector: ConnectorConfig, demo_platform: PlatformServer
) -> None:
    same = FakeStoreConnector.Settings(base_url=demo_platform.url)
    assert not services.change_connector(connector=connector, actor=None, name="Lights", settings=same)
    run.refresh_from_db()
    assert run.state == "waiting"


def test_what_is_over_is_not_steered(run: SyncRun, catalog: Catalog) -> None:
    finish(run)
    for deed in (services.pause_sync, services.resume_sync, services.cancel_sync):
        assert not deed(run=run, actor=None)
    run.refresh_from_db()
    assert run.state == "succeeded"
    assert not AuditLog.objects.filter(action__in=("sync.paused", "sync.resumed", "sync.cancelled")).exists()


def test_a_sync_in_the_foreground_can_be_cancelled_but_not_paused(
    connector: ConnectorConfig, catalog: Catalog
) -> None:
    run = services.new_foreground_run(connector=connector)
    assert not services.pause_sync(run=run, actor=None)
    with pytest.raises(runs.SyncStoppedError):
        services.run_sync(run_id=run.pk, progress=after_a_page(services.cancel_sync, run))
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_no_other_sync_runs_while_one_rests(run: SyncRun, connector: ConnectorConfig, catalog: Catalog) -> None:
    with pytest.raises(runs.SyncPausedError):
        run_pass(run_id=run.pk, watch=after_a_page(services.pause_sync, run))
    assert services.request_sync(connector=connector, actor=None) == run
    for _ in range(2):  # paused, and resumed but not yet taken up
        other = services.new_foreground_run(connector=connector)
        with pytest.raises(ConnectorError) as caught:
            services.run_sync(run_id=other.pk)
        assert caught.value.code == "busy"
        services.resume_sync(run=run, actor=None)


def test_a_signal_follows_the_row(
    run: SyncRun, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(workflow_signals, "send", lambda *, workflow_id, name: sent.append((workflow_id, name)))
    with django_capture_on_commit_callbacks(execute=True):
        services.pause_sync(run=run, actor=None)
        services.pause_sync(run=run, actor=None)
        services.cancel_sync(run=run, actor=None)
    assert sent == [(str(run.workflow_id), "look"), (str(run.workflow_id), "cancel")]

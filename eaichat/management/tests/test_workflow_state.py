"""What health checks and pages say about the workflow engine, asked of a real one."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from apps.accounts import workflow_state
from apps.accounts.database import in_database
from apps.accounts.models import Store, WorkflowStart
from apps.accounts.outbox import enqueue_workflow
from apps.accounts.tests.machine import PATIENCE_S
from apps.catalog.engine.catalog import Catalog
from apps.connectors import services, status
from apps.connectors.models import SyncRun
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.tests.waiting import eventually
from eaichat import health
from eaichat.management.worker import run_worker
from tests.services.temporal import Temporal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_queue")]


@pytest.fixture
def three_wait(db: None) -> None:
    for _ in range(3):
        enqueue_workflow(workflow="SomeWorkflow", argument={})
    WorkflowStart.objects.update(created_at=timezone.now() - timedelta(minutes=4))


def part() -> health.Part:
    [found] = [part for part in health.parts() if part.name == "temporal"]
    return found


def test_without_a_worker_it_is_said_what_waits_and_since_when(
    three_wait: None, catalog: Catalog, temporal: Temporal, settings: LazySettings
) -> None:
    settings.TEMPORAL_ADDRESS = temporal.address
    assert not part().ok
    assert part().state == "running, but no worker runs: 3 workflows wait since 4 min"


def test_a_row_that_is_only_on_its_way_is_no_trouble(
    catalog: Catalog, temporal: Temporal, settings: LazySettings
) -> None:
    settings.TEMPORAL_ADDRESS = temporal.address
    enqueue_workflow(workflow="SomeWorkflow", argument={})
    assert part() == health.Part("temporal", True, "running, but no worker runs", temporal.address)


async def test_workers_are_counted(
    catalog: Catalog, temporal: Temporal, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TEMPORAL_ADDRESS = temporal.address
    monkeypatch.setattr(workflow_state, "_FRESH", 0.0)
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(stop=stop, address=lambda: temporal.address))

    async def counted() -> bool:
        return (await in_database(part)()).state == "running, 1 worker"

    await eventually(counted)
    stop.set()
    await worker


def test_a_server_that_hangs_makes_no_health_check_slow_or_failing(
    three_wait: None, client: Client, catalog: Catalog, own_temporal: Temporal, settings: LazySettings
) -> None:
    own_temporal.start()
    settings.TEMPORAL_ADDRESS = own_temporal.address
    client.get("/healthz")
    own_temporal.freeze()
    time.sleep(workflow_state._FRESH)
    took = []
    deadline = time.monotonic() + PATIENCE_S
    while "does not answer: 3 workflows wait" not in part().state:
        assert time.monotonic() < deadline, part()
        began = time.monotonic()
        assert client.get("/healthz").status_code == 200
        took.append(time.monotonic() - began)
        time.sleep(0.1)
    assert sorted(took)[len(took) // 2] < 1
    assert max(took) < 3


def test_nobody_at_the_address_is_told_in_time(client: Client, catalog: Catalog, settings: LazySettings) -> None:
    settings.TEMPORAL_ADDRESS = "127.0.0.1:9"
    began = time.monotonic()
    answer = client.get("/healthz")
    assert time.monotonic() - began < 3
    assert answer.status_code == 200
    assert answer.json()["parts"]["temporal"] == {"ok": False, "state": "does not answer"}
    assert part().trouble == "No Temporal server at 127.0.0.1:9."


@pytest.fixture
def run(store: Store) -> SyncRun:
    connector = services.add_connector(
        store=store,
        actor=None,
        platform="fakestore",
        name="Shop",
        settings=FakeStoreConnector.Settings(base_url="https://shop.example"),
    )
    return services.request_sync(connector=connector, actor=None)


def test_a_waiting_sync_says_that_no_worker_runs(run: SyncRun, temporal: Temporal, settings: LazySettings) -> None:
    settings.TEMPORAL_ADDRESS = temporal.address
    assert status.run_status(run).text.startswith("Waits for workflows: no worker runs.")


def test_a_waiting_sync_says_that_the_server_is_away(run: SyncRun, settings: LazySettings) -> None:
    settings.TEMPORAL_ADDRESS = "127.0.0.1:9"
    assert "No Temporal server at 127.0.0.1:9. It goes on by itself." in status.run_status(run).text


def test_a_running_sync_that_nobody_works_on_says_so(
    run: SyncRun, temporal: Temporal, settings: LazySettings
) -> None:
    settings.TEMPORAL_ADDRESS = temporal.address
    run.state, run.total, run.seen = SyncRun.State.RUNNING, 200, 40
    run.updated_at = timezone.now()
    assert status.run_status(run).problem == ""
    run.updated_at -= timedelta(minutes=2)
    told = status.run_status(run)
    assert (told.text, told.percent) == ("40 of 200 products", 20)
    assert told.problem.startswith("No sign of life for 2 min. Waits for workflows: no worker runs.")

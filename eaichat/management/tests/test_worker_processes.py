"""`manage.py temporal_worker` as processes, on the test's own database: racing, killed, and told to stop.

With DATABASE_URL the same runs on MariaDB.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings, settings
from django.db import connection, transaction

from apps.accounts.database import in_database
from apps.accounts.models import Store, User, WorkflowStart
from apps.catalog.engine.catalog import Catalog
from apps.chat import handoff, sessions
from apps.connectors import services
from apps.connectors.models import SyncRun
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.tests.platform_server import PlatformServer, body, send
from apps.connectors.tests.waiting import eventually
from apps.hitl import services as desk
from apps.hitl.models import Escalation, EscalationEvent, HitlSettings
from eaichat.temporal import connect
from tests.services.temporal import Temporal
from tests.stack import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("workers")]

QUEUE = "worker-processes"


class Crew:
    """Three workers, and the store platform that they may reach. A test starts again what it stopped."""

    def __init__(self, workers: list[Worker], platform: PlatformServer, server: Temporal) -> None:
        self.workers = workers
        self.platform = platform
        self.server = server

    def sync(self, store: Store, path: str, *, name: str = "Shop") -> SyncRun:
        """Ask for a sync of what the platform serves below `path`."""
        at = FakeStoreConnector.Settings(base_url=self.platform.url + path)
        connector = services.add_connector(store=store, actor=None, platform="fakestore", name=name, settings=at)
        return services.request_sync(connector=connector, actor=None)

    def serves(self, path: str, catalogue: list[dict[str, Any]]) -> None:
        self.platform.answers[f"{path}/products"] = lambda request: send(request, json.dumps(catalogue).encode())


@pytest.fixture(scope="module")
def crew(
    django_db_setup: None, temporal: Temporal, index_host: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crew]:
    platform = PlatformServer()
    var = tmp_path_factory.mktemp("crew")
    (var / "index").symlink_to(index_host)
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"},
        "DJANGO_SETTINGS_MODULE": "eaichat.settings",
        "DATABASE_URL": database_url(),
        "EAICHAT_VAR": str(var),
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
        "JWT_PRIVATE_KEY": settings.HEADLESS_JWT_PRIVATE_KEY,
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_TASK_QUEUE": QUEUE,
        "DEMO": "1",
        "PUBLIC_URL": platform.url,
    }
    workers = [Worker(var, name=f"worker-{number}", environment=environment) for number in range(3)]
    for worker in workers:
        worker.launch()
    yield Crew(workers, platform, temporal)
    for worker in workers:
        worker.kill()
    platform.close()


def database_url() -> str:
    """The test's own database, as another process is told it."""
    name = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{name['NAME']}"
    return f"mysql://{name['USER']}:{name['PASSWORD']}@{name['HOST']}:{name['PORT']}/{name['NAME']}"


@pytest.fixture(autouse=True)
def crews_queue(settings: LazySettings) -> None:
    settings.TEMPORAL_TASK_QUEUE = QUEUE


def until(run: SyncRun, condition: Callable[[SyncRun], bool], *, within: float) -> SyncRun:
    deadline = time.monotonic() + within
    while True:
        run.refresh_from_db()
        if condition(run):
            return run
        assert time.monotonic() < deadline, vars(run)
        time.sleep(0.02)


def lamps(first: int, last: int) -> list[dict[str, Any]]:
    """Products with enough words that a page takes a moment."""
    words = "a quiet light for long evenings with a book and a cup of tea " * 6
    return [
        {"id": number, "title": f"Lamp {number}", "price": 10 + number, "description": f"{number}: {words}"}
        for number in range(first, last + 1)
    ]


def test_every_row_starts_once_however_many_relays_race(crew: Crew, store: Store, catalog: Catalog) -> None:
    races = 200 if connection.vendor == "mysql" else 60  # on SQLite they write one after the other
    crew.platform.answers["/gone/products"] = body(b"", status=404)
    crew.platform.requests.clear()
    with transaction.atomic():  # so that every relay finds all of them at once
        runs = [crew.sync(store, "/gone", name=f"Shop {number}") for number in range(races)]
    deadline = time.monotonic() + 90
    while SyncRun.objects.filter(finished_at=None).exists():
        assert time.monotonic() < deadline, "\n".join(worker.log.read_text() for worker in crew.workers)
        time.sleep(0.1)
    assert asyncio.run(executions(crew, at_least=races)) == sorted(str(run.workflow_id) for run in runs)
    assert not WorkflowStart.objects.exclude(attempts=1).exists()
    assert set(SyncRun.objects.values_list("state", "passes")) == {("failed", 1)}
    assert len(crew.platform.requests) == races


async def executions(crew: Crew, *, at_least: int) -> list[str]:
    """The workflow ids of all executions on our queue: one that ran twice stands here twice."""
    client = await connect(crew.server.address)
    found: list[str] = []

    async def all_listed() -> bool:  # the list lags a little behind
        listed = client.list_workflows(f'TaskQueue = "{QUEUE}" AND WorkflowType = "ProductSyncWorkflow"')
        found[:] = sorted([one.id async for one in listed])
        return len(found) >= at_least

    await eventually(all_listed)
    return found


@pytest.mark.alike
def test_a_worker_killed_in_mid_sync_is_replaced_and_the_index_is_exact(
    crew: Crew, store: Store, catalog: Catalog
) -> None:
    first, second, third = crew.workers
    second.stop()
    third.stop()
    catalogue = lamps(1, 200)
    crew.serves("/kill", catalogue)
    run = until(crew.sync(store, "/kill"), lambda run: run.seen >= 20, within=90)
    first.kill()
    run.refresh_from_db()
    reached = run.seen
    assert run.state == "running"
    catalogue[:] = [{**catalogue[1], "price": 1.0}, *catalogue[2:], *lamps(501, 501)]
    second.launch()
    until(run, lambda run: run.passes == 2, within=90)
    shown = [reached]
    deadline = time.monotonic() + 90
    while run.is_open:
        assert time.monotonic() < deadline, vars(run)
        time.sleep(0.02)
        run.refresh_from_db()
        shown.append(run.seen)
    first.launch()
    third.launch()
    assert shown == sorted(shown)
    there = catalog.scroll(store_id=str(store.pk))
    assert sorted((one.title, one.price) for one in there) == sorted(
        (one["title"], one["price"]) for one in catalogue
    )
    assert (run.state, run.seen, run.rejected, run.removed) == ("succeeded", 200, 0, 1)
    assert (run.passes, run.failures) == (2, 0)
    assert run.indexed == 200


@pytest.mark.alike
def test_a_worker_that_is_told_to_stop_does_not_wait_for_a_slow_store(
    crew: Crew, store: Store, catalog: Catalog
) -> None:
    first, second, third = crew.workers
    second.stop()
    third.stop()
    asked = threading.Event()

    def slow(request: BaseHTTPRequestHandler) -> None:
        if not asked.is_set():
            asked.set()
            crew.platform.over.wait(30)
        send(request, json.dumps(lamps(1, 5)).encode())

    crew.platform.answers["/slow/products"] = slow
    run = crew.sync(store, "/slow")
    assert asked.wait(90)
    told = time.monotonic()
    first.stop()
    assert time.monotonic() - told < 20
    assert "another worker takes it up" in first.log.read_text()
    for worker in crew.workers:
        worker.launch()
    until(run, lambda run: not run.is_open, within=90)
    assert (run.state, run.seen, run.failures) == ("succeeded", 5, 0)


@pytest.fixture
def escalation(store: Store) -> Escalation:
    """Somebody waits in a store that wants to be reminded after two seconds."""
    HitlSettings.objects.create(store=store, remind_after_s=2)
    handoff.ask(session_id=sessions.open_session(store=store).pk, reason="A refund")
    return Escalation.objects.get()


def reminders() -> int:
    return EscalationEvent.objects.filter(kind=EscalationEvent.Kind.REMINDED).count()


async def is_started() -> bool:
    return await in_database(WorkflowStart.objects.exclude(started_at=None).exists)()


async def result(crew: Crew) -> object:
    client = await connect(crew.server.address)
    row = await in_database(WorkflowStart.objects.get)()
    async with asyncio.timeout(90):
        return await client.get_workflow_handle(str(row.pk)).result()


@pytest.mark.alike
def test_workers_killed_while_a_reminder_is_being_written_remind_once(
    crew: Crew, escalation: Escalation, agent: User
) -> None:
    with transaction.atomic():
        Escalation.objects.select_for_update().get()  # the activity waits for us
        asyncio.run(eventually(lambda: reminding(crew), within=90))
        for worker in crew.workers:
            worker.kill()
    assert reminders() == 0
    for worker in crew.workers:
        worker.launch()
    deadline = time.monotonic() + 90
    while not reminders():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(1)
    assert reminders() == 1
    desk.take_over(escalation_id=escalation.pk, agent=agent)
    desk.hand_back(escalation_id=escalation.pk, agent=agent)
    assert asyncio.run(result(crew)) == "over"


async def reminding(crew: Crew) -> bool:
    """Whether a worker has begun the reminder."""
    client = await connect(crew.server.address)
    found = [
        one.id async for one in client.list_workflows(f'TaskQueue = "{QUEUE}" AND ExecutionStatus = "Running"')
    ]
    for workflow_id in found:
        description = await client.get_workflow_handle(workflow_id).describe()
        if description.raw_description.pending_activities:
            return True
    return False


@pytest.mark.alike
def test_what_people_did_while_no_worker_ran_is_honoured_afterwards(
    crew: Crew, escalation: Escalation, agent: User
) -> None:
    asyncio.run(eventually(is_started, within=90))
    for worker in crew.workers:
        worker.kill()
    before = reminders()
    desk.take_over(escalation_id=escalation.pk, agent=agent)
    desk.hand_back(escalation_id=escalation.pk, agent=agent)
    for worker in crew.workers:
        worker.launch()
    assert asyncio.run(result(crew)) == "over"
    assert reminders() == before

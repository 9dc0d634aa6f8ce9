"""Syncs by workflow: a real Temporal server, the real worker, a real platform, a real index."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.worker import Replayer

from apps.accounts.database import in_database
from apps.accounts.models import Store, User, WorkflowStart
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.hosting.client import HostClient
from apps.connectors import services
from apps.connectors.models import ConnectorConfig
from apps.connectors.tests.platform_server import PlatformServer, body, send
from apps.connectors.tests.waiting import eventually
from apps.connectors.workflows import WORKFLOWS
from eaichat.management.tests.syncing import (
    as_json,
    fresh,
    is_forgotten,
    over,
    requested,
    workflow_is_over,
    working,
)
from eaichat.temporal import connect
from tests.services.temporal import Temporal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_queue")]


async def test_a_requested_sync_runs_by_workflow(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal
) -> None:
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.total, done.seen, done.indexed) == ("succeeded", 5, 5, 5)
    assert catalog.count(store_id=str(store.pk)) == 5


async def test_a_failure_that_no_wait_can_mend_is_told_at_once(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    await in_database(services.run_sync)(
        run_id=(await in_database(services.new_foreground_run)(connector=connector)).pk
    )
    platform.answers["/products"] = body(b"<html>")
    platform.requests.clear()
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.error_code) == ("failed", "not_json")
    assert "web page" in done.error_text
    assert len(platform.requests) == 1
    assert catalog.count(store_id=str(store.pk)) == 5


async def test_a_passing_failure_is_tried_again(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    tries: list[int] = []

    def twice_busy(request: BaseHTTPRequestHandler) -> None:
        tries.append(1)
        if len(tries) == 1:
            send(request, b"", status=503)
        else:
            del platform.answers["/products"]
            send(request, b"[]" if not platform.products else as_json(platform))

    platform.answers["/products"] = twice_busy
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.error_text, done.seen) == ("succeeded", "", 5)
    assert len(tries) == 2


async def test_a_dead_host_is_given_up_after_three_tries(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    platform.close()
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.error_code) == ("failed", "unreachable")


async def test_a_defect_of_ours_does_not_blame_the_store(
    connector: ConnectorConfig, temporal: Temporal, catalog: Catalog, platform: PlatformServer
) -> None:
    run = await requested(connector)
    await in_database(ConnectorConfig.objects.update)(credentials="no json")
    async with working(lambda: temporal.address):
        done = await over(run)
    assert (done.state, done.error_code) == ("failed", "internal")
    assert "not at the store" in done.error_text


@pytest.mark.alike
async def test_a_workflow_that_temporal_has_forgotten_starts_again_and_does_nothing(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal, platform: PlatformServer
) -> None:
    run = await requested(connector)
    async with working(lambda: temporal.address):
        done = await over(run)
        client = await connect(temporal.address)
        await eventually(lambda: workflow_is_over(client, run))
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(
                namespace="default", workflow_execution=WorkflowExecution(workflow_id=str(run.workflow_id))
            )
        )
        await eventually(lambda: is_forgotten(client, run), within=90)  # Temporal deletes in its own time
        await in_database(WorkflowStart.objects.update)(started_at=None)  # a mark that was lost for that long
        await eventually(lambda: workflow_is_over(client, run))
    assert await fresh(run) == done
    assert (await fresh(run)).passes == 1
    assert len(platform.requests) == 1


async def test_products_of_a_deleted_connector_go_when_the_index_is_back(
    connector: ConnectorConfig, store: Store, catalog: Catalog, temporal: Temporal, owner: User
) -> None:
    run = await in_database(services.new_foreground_run)(connector=connector)
    await in_database(services.run_sync)(run_id=run.pk)
    runtime.install(Catalog(embeddings=catalog.embeddings, backend=HostClient(runtime.index_dir() / "nobody")))
    await in_database(services.delete_connector)(connector=connector, actor=owner)
    runtime.install(catalog)
    assert catalog.count(store_id=str(store.pk)) == 5
    async with working(lambda: temporal.address):
        await eventually(lambda: catalog.count(store_id=str(store.pk)) == 0)


async def test_old_histories_replay_on_this_code(
    connector: ConnectorConfig, catalog: Catalog, temporal: Temporal
) -> None:
    run = await requested(connector)
    async with working(lambda: temporal.address):
        await over(run)
        client = await connect(temporal.address)
        await eventually(lambda: workflow_is_over(client, run))
    history = await client.get_workflow_handle(str(run.workflow_id)).fetch_history()
    await Replayer(workflows=WORKFLOWS).replay_workflow(history)

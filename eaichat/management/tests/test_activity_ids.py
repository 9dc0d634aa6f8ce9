"""What an activity logs carries its workflow's ids, in a thread as in the loop: a real worker on a real server."""

from __future__ import annotations

import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.worker import Worker

from eaichat.management.activity_ids import ActivityIds
from eaichat.temporal import connect
from eaichat.tests.lines import captured
from tests.services.temporal import Temporal

log = logging.getLogger("apps.activity_ids")


@activity.defn
def in_a_thread() -> None:
    log.warning("thread")


@activity.defn
async def in_the_loop() -> None:
    log.warning("loop")


@workflow.defn(sandboxed=False)
class Both:
    @workflow.run
    async def run(self) -> None:
        for one in (in_a_thread, in_the_loop):
            await workflow.execute_activity(one, start_to_close_timeout=timedelta(seconds=10))


async def test_lines_of_an_activity_carry_workflow_run_and_name(temporal: Temporal) -> None:
    client = await connect(temporal.address)
    queue = workflow_id = f"ids-{uuid.uuid4()}"
    with ThreadPoolExecutor(1) as pool, captured("apps.activity_ids") as lines:
        async with Worker(
            client,
            task_queue=queue,
            workflows=[Both],
            activities=[in_a_thread, in_the_loop],
            activity_executor=pool,
            interceptors=[ActivityIds()],
        ):
            handle = await client.start_workflow(Both.run, id=workflow_id, task_queue=queue)
            await handle.result()
    told = [(line["event"], line["workflow"], line["run"], line["activity"]) for line in lines]
    run = handle.first_execution_run_id
    assert told == [
        ("thread", workflow_id, run, "in_a_thread"),
        ("loop", workflow_id, run, "in_the_loop"),
    ]

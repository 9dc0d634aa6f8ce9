"""The workflows of syncs that nobody asks for by hand, and of the schedules that ask for them.

Activities are called by name, so the workflow sandbox imports nothing but this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

_LONGEST_PAUSE = timedelta(seconds=10)  # so soon after the end of a sync, or the return of what was away


@dataclass
class AutomaticSyncInput:
    """`wait_s`: for how long news are collected before a sync looks at them."""

    connector_id: str
    origin: str
    wait_s: float = 0.0


@workflow.defn
class AutomaticSyncWorkflow:
    """Asks for a sync, which then is a workflow of its own, with a run that people see."""

    @workflow.run
    async def run(self, wanted: AutomaticSyncInput) -> None:
        if wanted.wait_s:
            await workflow.sleep(timedelta(seconds=wanted.wait_s))
        await workflow.execute_activity(
            "ask_for_sync",
            wanted,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=_LONGEST_PAUSE),
        )


@dataclass
class ScheduleInput:
    connector_id: str


@workflow.defn
class ScheduleWorkflow:
    """Lets the connector's Schedule follow its row: made, changed, paused or deleted."""

    @workflow.run
    async def run(self, wanted: ScheduleInput) -> None:
        await workflow.execute_activity(
            "settle_schedule",
            wanted,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=_LONGEST_PAUSE),
        )


WORKFLOWS = [AutomaticSyncWorkflow, ScheduleWorkflow]

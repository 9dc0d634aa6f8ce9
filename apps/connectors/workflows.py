"""What connectors do durably: syncs, and taking a deleted connector's products out of the index.

Activities are called by name, so the workflow sandbox imports nothing but this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

WORKER_STOPPED = "worker_stopped"  # the error type of an activity that ended because its worker was shut down
_HEARTBEAT = timedelta(seconds=15)  # so soon a worker that was killed is missed
_LONGEST_PAUSE = timedelta(seconds=4)  # so soon after the return of what was away the work goes on


@dataclass
class SyncInput:
    run_id: str


@dataclass
class SyncFailure:
    run_id: str
    code: str
    text: str


@dataclass
class RemovalInput:
    store_id: str
    connector_id: str


@workflow.defn
class ProductSyncWorkflow:
    """One sync run. A pass that fails for a passing reason is tried three times in seconds: somebody watches.

    The activity counts failures and gives up; here nothing does, since a lost worker or database is no failure.
    """

    @workflow.run
    async def run(self, sync: SyncInput) -> None:
        while True:
            try:
                await workflow.execute_activity(
                    "sync_products",
                    sync,
                    start_to_close_timeout=timedelta(hours=6),
                    heartbeat_timeout=_HEARTBEAT,
                    retry_policy=RetryPolicy(
                        initial_interval=timedelta(seconds=1),
                        backoff_coefficient=3.0,
                        maximum_interval=_LONGEST_PAUSE,
                        non_retryable_error_types=[WORKER_STOPPED],
                    ),
                )
                return
            except ActivityError as error:
                if isinstance(error.cause, ApplicationError) and error.cause.type == WORKER_STOPPED:
                    continue  # a restart is no failed try: go on with the next worker
                code, text = _reason(error)
                await workflow.execute_activity(
                    "mark_sync_failed",
                    SyncFailure(sync.run_id, code, text),
                    start_to_close_timeout=timedelta(seconds=30),
                    retry_policy=RetryPolicy(maximum_interval=_LONGEST_PAUSE),
                )
                return


@workflow.defn
class ProductRemovalWorkflow:
    """Tries until the index has let the products go."""

    @workflow.run
    async def run(self, removal: RemovalInput) -> None:
        await workflow.execute_activity(
            "remove_products",
            removal,
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=_HEARTBEAT,
            retry_policy=RetryPolicy(maximum_interval=_LONGEST_PAUSE),
        )


def _reason(error: ActivityError) -> tuple[str, str]:
    """The code and the words of what went wrong; a defect of ours gets words that do not blame the store."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.details:
        return cause.type or "internal", cause.message
    return "internal", "The sync broke down here, not at the store. The log has the details."


WORKFLOWS = [ProductSyncWorkflow, ProductRemovalWorkflow]

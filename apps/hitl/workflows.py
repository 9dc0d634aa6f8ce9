"""EscalationWorkflow: as long as an escalation is open, look after every wait and remind the desk.

It runs in Temporal's sandbox, so it imports nothing of Django and names its activity by the registered name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy


@dataclass(frozen=True)
class EscalationInput:
    """The outbox row's argument. `remind_after_s`: how long a shopper waits before the desk is reminded.

    `asked_at` (ISO 8601) is when the wait began: the row may have waited for workflows itself.
    """

    escalation_id: str
    remind_after_s: float
    asked_at: str | None = None
    wait_s: float | None = None  # the first wait of a continued run


@workflow.defn(name="EscalationWorkflow")
class EscalationWorkflow:
    @workflow.run
    async def run(self, argument: EscalationInput) -> str:
        """Ends with "over" when the escalation was handed back, left, or erased."""
        wait_s = _first_wait(argument)
        while True:
            await workflow.sleep(timedelta(seconds=wait_s))
            next_s: float | None = await workflow.execute_activity(  # JSON: a number or null
                "remind_if_due",
                args=[argument.escalation_id, argument.remind_after_s],
                start_to_close_timeout=timedelta(seconds=10),  # so soon a worker that was killed is missed
                retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=4)),
            )
            if next_s is None:
                return "over"
            wait_s = next_s
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(
                    EscalationInput(argument.escalation_id, argument.remind_after_s, wait_s=wait_s)
                )


def _first_wait(argument: EscalationInput) -> float:
    if argument.wait_s is not None:
        return argument.wait_s
    if argument.asked_at is None:
        return argument.remind_after_s
    waited = workflow.now() - datetime.fromisoformat(argument.asked_at)
    return max(0.0, argument.remind_after_s - waited.total_seconds())

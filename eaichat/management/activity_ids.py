"""Lines that an activity logs carry the ids of its workflow."""

from __future__ import annotations

from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from eaichat.logs import bind_ids, forget_ids


class ActivityIds(Interceptor):
    """A worker's interceptor."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - Temporal's name
        return _Binding(super().intercept_activity(next))


class _Binding(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - Temporal's name
        info = activity.info()
        forget_ids()
        bind_ids(workflow=info.workflow_id, run=info.workflow_run_id, activity=info.activity_type)
        return await super().execute_activity(input)

"""`manage.py worker_health`: the health check of a worker's container. Exit 0 when Temporal sees it take work."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from apps.accounts import workflow_state
from eaichat.temporal import TemporalError, connect

# A worker asks for work by a call of a minute, and the server notes when each began.
_SILENT = timedelta(seconds=130)
_WITHIN = timedelta(seconds=5)


class Command(BaseCommand):
    help = "Ask Temporal whether a worker on this machine (in this container) takes work. Exit 1 when none does."
    requires_system_checks = ()  # the worker ran them

    def handle(self, *args: Any, **options: Any) -> None:
        address = workflow_state.address()
        if address is None:
            raise CommandError("No workflow server is named: set TEMPORAL_ADDRESS.")
        try:
            seen = asyncio.run(_last_seen(address))
        except (TemporalError, RPCError) as error:
            raise CommandError(f"Temporal cannot tell: {error}") from error
        if seen is None:
            raise CommandError(f"No worker of {socket.gethostname()} takes work at {address}.")
        silent = datetime.now(UTC) - seen
        if silent > _SILENT:
            raise CommandError(f"The worker has not asked for work for {silent.total_seconds():.0f} s.")
        self.stdout.write("Taking work.")


async def _last_seen(address: str) -> datetime | None:
    """When a worker that runs here last asked for work."""
    client = await connect(address, namespace=settings.TEMPORAL_NAMESPACE, access=workflow_state.access())
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=settings.TEMPORAL_NAMESPACE,
            task_queue=TaskQueue(name=settings.TEMPORAL_TASK_QUEUE),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        ),
        timeout=_WITHIN,
    )
    here = [
        poller.last_access_time.ToDatetime(tzinfo=UTC) for poller in answer.pollers if _runs_here(poller.identity)
    ]
    return max(here, default=None)


def _runs_here(identity: str) -> bool:
    """A worker calls itself `process@machine`. The server remembers it for a while after its end."""
    process, _, machine = identity.partition("@")
    return machine == socket.gethostname() and Path("/proc", process).exists()

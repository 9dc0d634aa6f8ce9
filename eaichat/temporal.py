"""Temporal for every room: connect, and start a workflow by its registered name. A leaf: it imports no app.

TemporalError
  code "unreachable"  nobody answers at the address              retryable
  code "timeout"      the server took too long                   retryable
  code "no_namespace" the server does not know the namespace
  code "refused"      the server understood and said no
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import cache
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode

_AWAY = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.CANCELLED, RPCStatusCode.RESOURCE_EXHAUSTED})


class TemporalError(Exception):
    """Temporal could not do what was asked; `retryable` tells whether waiting may help."""

    def __init__(self, code: str, text: str, *, retryable: bool) -> None:
        super().__init__(text)
        self.code = code
        self.retryable = retryable


@cache
def _runtime() -> Runtime:
    """The SDK's core, told to be quiet about every retry while a server restarts."""
    quiet = TelemetryFilter(core_level="ERROR", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=quiet)))


async def connect(address: str, *, namespace: str = "default", within: float = 5.0) -> Client:
    """A client of the server at `address` (host:port), which has answered once within `within` seconds.

    The client reconnects by itself when the server comes back at the same address.
    """
    try:
        async with asyncio.timeout(within):
            client = await Client.connect(address, namespace=namespace, runtime=_runtime())
            # A dev server accepts connections a moment before it serves, and any server accepts a wrong namespace.
            await client.count_workflows('WorkflowId = "no-such-workflow"')
    except TimeoutError as error:
        raise TemporalError("timeout", f"Temporal at {address} does not answer.", retryable=True) from error
    except RuntimeError as error:  # what the SDK raises when the first connection fails
        raise TemporalError("unreachable", f"No Temporal server at {address}.", retryable=True) from error
    except RPCError as error:
        raise _ours(error, address) from error
    return client


async def start(
    client: Client,
    *,
    workflow: str,
    workflow_id: str,
    argument: dict[str, Any],
    task_queue: str,
    within: float = 4.0,
) -> bool:
    """Start `workflow` with one JSON argument. False: a workflow of this id was started before, done or not."""
    try:
        await client.start_workflow(
            workflow,
            argument,
            id=workflow_id,
            task_queue=task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            rpc_timeout=timedelta(seconds=within),
        )
    except WorkflowAlreadyStartedError:
        return False
    except RPCError as error:
        raise _ours(error, client.service_client.config.target_host) from error
    return True


def _ours(error: RPCError, address: str) -> TemporalError:
    if error.status in _AWAY:
        return TemporalError("unreachable", f"No Temporal server at {address}.", retryable=True)
    if error.status == RPCStatusCode.DEADLINE_EXCEEDED:
        return TemporalError("timeout", f"Temporal at {address} does not answer.", retryable=True)
    if error.status == RPCStatusCode.NOT_FOUND:
        return TemporalError(
            "no_namespace",
            f"Temporal at {address} says: {error.message}. Check TEMPORAL_NAMESPACE.",
            retryable=True,
        )
    return TemporalError("refused", f"Temporal at {address} says: {error.message}.", retryable=False)

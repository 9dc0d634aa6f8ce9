"""Temporal for every room: connect, start a workflow by its name, signal it. A leaf: it imports no app.

TemporalError
  code "unreachable"  nobody answers at the address              retryable
  code "timeout"      the server took too long                   retryable
  code "no_namespace" the server does not know the namespace
  code "no_access"    the server does not take the API key, or wants one
  code "tls"          the two cannot agree on TLS: a certificate or a key is wrong or missing; retryable, since
                      certificates are read again at every try
  code "refused"      the server understood and said no
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.runtime import LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

_NO_ACCESS = frozenset({RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED})
# What the SDK's core says when TLS fails; it has no type for it.
_OF_TLS = re.compile(
    r"InvalidCertificate\(\w+|CertificateParseError|PrivateKeyParseError|InvalidMessage|HandshakeFailure|"
    r"AlertReceived\(\w+|TLS close_notify|TlsError\w*"
)
_AWAY = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.CANCELLED, RPCStatusCode.RESOURCE_EXHAUSTED})


class TemporalError(Exception):
    """Temporal could not do what was asked; `retryable` tells whether waiting may help."""

    def __init__(self, code: str, text: str, *, retryable: bool) -> None:
        super().__init__(text)
        self.code = code
        self.retryable = retryable


@dataclass(frozen=True)
class Access:
    """How we prove who we are to a Temporal server, and it to us. Without anything: in clear, as a dev server.

    `ca` replaces the machine's own authorities; `certificate` and `key` go together (mTLS); `server_name` is what
    the server's certificate says when that is not the address. The files are PEM and are read at every connect.
    """

    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str = ""
    api_key: str = field(default="", repr=False)

    def config(self) -> TLSConfig | bool:
        """For the SDK. Raises OSError when a file is gone."""
        if not (self.tls or self.ca or self.certificate or self.server_name or self.api_key):
            return False
        return TLSConfig(
            server_root_ca_cert=self.ca.read_bytes() if self.ca else None,
            domain=self.server_name or None,
            client_cert=self.certificate.read_bytes() if self.certificate else None,
            client_private_key=self.key.read_bytes() if self.key else None,
        )


IN_CLEAR = Access()


@cache
def _runtime(metrics: str) -> Runtime:
    """The SDK's core, told to be quiet about every retry while a server restarts."""
    prometheus = PrometheusConfig(bind_address=metrics) if metrics else None
    quiet = TelemetryFilter(core_level="ERROR", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=quiet), metrics=prometheus))


async def connect(
    address: str,
    *,
    namespace: str = "default",
    access: Access = IN_CLEAR,
    within: float = 5.0,
    metrics: str = "",
) -> Client:
    """A client of the server at `address` (host:port), which has answered once within `within` seconds.

    The client reconnects by itself when the server comes back at the same address. What the SDK measures is served
    for Prometheus at `metrics` (host:port), if that is named.
    """
    try:
        async with asyncio.timeout(within):
            client = await Client.connect(
                address,
                namespace=namespace,
                runtime=_runtime(metrics),
                tls=await asyncio.to_thread(access.config),
                api_key=access.api_key or None,
            )
            # A dev server accepts connections a moment before it serves, and any server accepts a wrong namespace.
            await client.count_workflows('WorkflowId = "no-such-workflow"')
    except TimeoutError as error:
        raise TemporalError("timeout", f"Temporal at {address} does not answer.", retryable=True) from error
    except OSError as error:
        text = f"{error.filename} cannot be read ({error.strerror}). Check TEMPORAL_TLS_*."
        raise TemporalError("tls", text, retryable=True) from error
    except (RuntimeError, ValueError) as error:  # what the SDK raises when the first connection fails
        raise _not_connected(error, address, access) from error
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


async def signal(client: Client, *, workflow_id: str, name: str, within: float = 4.0) -> bool:
    """Tell an open workflow something. False: none of this id is open."""
    try:
        handle = client.get_workflow_handle(workflow_id)
        await handle.signal(name, rpc_timeout=timedelta(seconds=within))
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return False
        raise _ours(error, client.service_client.config.target_host) from error
    return True


def _not_connected(error: Exception, address: str, access: Access) -> TemporalError:
    of_tls = _OF_TLS.search(str(error))
    if of_tls:
        text = f"Temporal at {address} and we do not agree on TLS ({of_tls[0].replace('(', ' ')}). "
        return TemporalError("tls", f"{text}Check TEMPORAL_TLS and TEMPORAL_TLS_*.", retryable=True)
    if "after connection" in str(error):  # it hung up: on who speaks in clear, or has the wrong client certificate
        if access == IN_CLEAR:
            text = f"Temporal at {address} hangs up. If it speaks TLS, set TEMPORAL_TLS=1."
            return TemporalError("unreachable", text, retryable=True)
        text = f"Temporal at {address} hangs up. Check TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY."
        return TemporalError("tls", text, retryable=True)
    return TemporalError("unreachable", f"No Temporal server at {address}.", retryable=True)


def _ours(error: RPCError, address: str) -> TemporalError:
    if error.status in _AWAY:
        return TemporalError("unreachable", f"No Temporal server at {address}.", retryable=True)
    if error.status in _NO_ACCESS:
        text = f"Temporal at {address} does not let us in: {error.message}. Check TEMPORAL_API_KEY."
        return TemporalError("no_access", text, retryable=True)
    if error.status == RPCStatusCode.DEADLINE_EXCEEDED:
        return TemporalError("timeout", f"Temporal at {address} does not answer.", retryable=True)
    if error.status == RPCStatusCode.NOT_FOUND:
        return TemporalError(
            "no_namespace",
            f"Temporal at {address} says: {error.message}. Check TEMPORAL_NAMESPACE.",
            retryable=True,
        )
    return TemporalError("refused", f"Temporal at {address} says: {error.message}.", retryable=False)

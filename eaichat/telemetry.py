"""Traces of turns, model calls, tool calls and retrievals, sent to Langfuse when its keys are set.

A leaf: any room may import it, it imports none. Observing never blocks and never raises; off, it costs nothing.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from langfuse import Langfuse
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

Kind = Literal["agent", "generation", "tool", "retriever", "span"]

log = logging.getLogger(__name__)
_client: Langfuse | None = None


class Observation:
    """What is being observed; `update` adds to it. When telemetry is off, it does nothing and has no trace id."""

    def __init__(self, span: Any = None) -> None:
        self._span = span
        self.trace_id: str = span.trace_id if span is not None else ""

    def update(
        self,
        *,
        output: Any = None,
        metadata: dict[str, Any] | None = None,
        usage: dict[str, int] | None = None,
        error: str = "",
    ) -> None:
        """`usage`: token counts, {"input": ..., "output": ...}. `error`: marks the observation as failed."""
        if self._span is None:
            return
        fields: dict[str, Any] = {"output": output, "metadata": metadata, "usage_details": usage}
        if error:
            fields |= {"level": "ERROR", "status_message": error}
        try:
            self._span.update(**{name: value for name, value in fields.items() if value is not None})
        except Exception:
            log.exception("telemetry: an update was dropped")


def configure(
    *,
    public_key: str,
    secret_key: str,
    base_url: str = "",
    span_exporter: SpanExporter | None = None,
    tracer_provider: TracerProvider | None = None,
) -> bool:
    """Switch telemetry on, or off when a key is missing. Returns whether it is on. Tests pass an exporter."""
    global _client  # noqa: PLW0603 - one client serves the process
    if not (public_key and secret_key):
        _client = None
        return False
    from langfuse import Langfuse  # its import costs 0.5 s, which an installation without keys need not pay

    # An unreachable host fills the log otherwise: one line per batch of spans.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
    # The exporter retries for its whole timeout, also at exit: a dead host must not hold the process.
    os.environ.setdefault("OTEL_BSP_EXPORT_TIMEOUT", "1000")
    _client = Langfuse(
        public_key=public_key,
        secret_key=secret_key,
        base_url=base_url or None,
        timeout=1,
        span_exporter=span_exporter,
        tracer_provider=tracer_provider,
    )
    return True


def flush() -> None:
    """Send what is buffered. Blocks up to seconds when the host is away: never call it on an event loop."""
    if _client is not None:
        _client.flush()


@contextmanager
def observe(
    name: str,
    kind: Kind = "span",
    *,
    input: Any = None,  # noqa: A002 - the word that Langfuse shows
    model: str = "",
    metadata: dict[str, Any] | None = None,
    session_id: str = "",
    user_id: str = "",
    tags: list[str] | None = None,
) -> Iterator[Observation]:
    """Observe what happens in the block; nested blocks become its children.

    `session_id`, `user_id` (an anonymous visitor) and `tags` are given once, by the outermost block. An exception
    marks the observation as failed and goes on its way.
    """
    client = _client
    if client is None:
        yield Observation()
        return
    with ExitStack() as stack:
        try:
            observation = Observation(
                _enter(client, stack, name, kind, input, model, metadata, session_id, user_id, tags)
            )
        except Exception:
            log.exception("telemetry: %s is not observed", name)
            observation = Observation()
        try:
            yield observation
        except Exception as error:
            observation.update(error=f"{type(error).__name__}: {error}")
            raise


def _enter(
    client: Langfuse,
    stack: ExitStack,
    name: str,
    kind: Kind,
    given: Any,
    model: str,
    metadata: dict[str, Any] | None,
    session_id: str,
    user_id: str,
    tags: list[str] | None,
) -> Any:
    from langfuse import propagate_attributes

    if session_id or user_id or tags:
        stack.enter_context(
            propagate_attributes(session_id=session_id or None, user_id=user_id or None, tags=tags)
        )
    start: Any = client.start_as_current_observation
    return stack.enter_context(
        start(name=name, as_type=kind, input=given, metadata=metadata, **({"model": model} if model else {}))
    )

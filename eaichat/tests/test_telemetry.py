"""Telemetry over Langfuse's real client, with its spans kept in memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from eaichat import telemetry


@pytest.fixture(scope="module")
def exporter() -> Iterator[InMemorySpanExporter]:
    memory = InMemorySpanExporter()
    telemetry.configure(
        public_key="pk-test", secret_key="sk-test", span_exporter=memory, tracer_provider=TracerProvider()
    )
    yield memory
    telemetry.configure(public_key="", secret_key="")


def spans(exporter: InMemorySpanExporter) -> dict[str, dict[str, Any]]:
    telemetry.flush()
    found = {
        span.name: {**(span.attributes or {}), "parent": span.parent} for span in exporter.get_finished_spans()
    }
    exporter.clear()
    return found


def test_nested_blocks_become_a_tree_with_the_session_on_each(exporter: InMemorySpanExporter) -> None:
    with telemetry.observe("turn", "agent", input="hello", session_id="s1", user_id="v1") as turn:
        with telemetry.observe("answer", "generation", model="small") as generation:
            generation.update(output="Hi", usage={"input": 11, "output": 2})
        turn.update(output="Hi")
    found = spans(exporter)
    assert found["answer"]["parent"] is not None
    assert found["turn"]["parent"] is None
    assert found["answer"]["langfuse.observation.type"] == "generation"
    assert found["answer"]["langfuse.observation.model.name"] == "small"
    assert '"input": 11' in str(found["answer"]["langfuse.observation.usage_details"])
    assert {found[name]["session.id"] for name in ("turn", "answer")} == {"s1"}
    assert len(turn.trace_id) == 32


def test_an_exception_marks_the_observation_and_goes_on(exporter: InMemorySpanExporter) -> None:
    with pytest.raises(LookupError), telemetry.observe("search", "retriever"):
        raise LookupError("gone")
    assert spans(exporter)["search"]["langfuse.observation.status_message"] == "LookupError: gone"


def test_what_cannot_be_sent_does_not_break_the_turn(exporter: InMemorySpanExporter) -> None:
    with telemetry.observe("turn", "agent", input=object()) as turn:
        turn.update(output={object()}, metadata={"odd": object()})
    assert "turn" in spans(exporter)


def test_without_keys_it_does_nothing_and_imports_nothing() -> None:
    script = (
        "import sys; from eaichat import telemetry\n"
        "assert not telemetry.configure(public_key='', secret_key='sk')\n"
        "with telemetry.observe('turn', 'agent') as turn: turn.update(output='x')\n"
        "telemetry.flush()\n"
        "assert turn.trace_id == '' and 'langfuse' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603 - our own interpreter and script


def test_a_dead_host_holds_neither_the_turn_nor_the_exit() -> None:
    script = (
        "import time; from eaichat import telemetry\n"
        "telemetry.configure(public_key='pk', secret_key='sk', base_url='http://127.0.0.1:9')\n"
        "started = time.perf_counter()\n"
        "with telemetry.observe('turn', 'agent'): pass\n"
        "assert time.perf_counter() - started < 3\n"
        "print('over', flush=True)\n"
    )
    with subprocess.Popen(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "over\n"
        started = time.perf_counter()
        _, complaints = process.communicate()
    assert time.perf_counter() - started < 6
    assert (process.returncode, complaints) == (0, "")

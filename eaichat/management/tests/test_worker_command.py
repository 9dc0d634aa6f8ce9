"""`manage.py temporal_worker` as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from unittest.mock import AsyncMock, call, patch

import httpx
import pytest
from django.core.management import CommandError, call_command

from eaichat.management.commands.temporal_worker import Command
from eaichat.management.worker_port import Health, health_port
from eaichat.temporal_state import write_address
from tests.ports import free_port
from tests.services.temporal import Temporal

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of its own that was never migrated: the worker must survive even that."""
    return {**os.environ, "EAICHAT_VAR": str(tmp_path), "TEMPORAL_ADDRESS": "", "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "manage.py", "temporal_worker"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield process
        process.kill()


def wait_for(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdout is not None
    given_up = threading.Timer(60, process.kill)
    given_up.start()
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            break
    else:
        pytest.fail(f"{words!r} was never printed: {''.join(seen)}")
    given_up.cancel()


def test_it_says_what_it_does_and_how_much_at_once() -> None:
    out = StringIO()
    command = Command(stdout=out)
    with patch.object(Command, "_work", AsyncMock()) as work:
        call_command(command, queue="imports", concurrency=2)
    assert work.await_args == call("imports", 2, None, None)
    assert "Queue imports, 2 activities at once." in out.getvalue()
    assert "ProductSyncWorkflow" in out.getvalue()
    assert "sync_products" in out.getvalue()


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_concurrency_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(CommandError, match="concurrency"):
        call_command("temporal_worker", "--concurrency", number)


def test_it_waits_for_a_server_and_ends_well_on_ctrl_c(worker: subprocess.Popen[str]) -> None:
    wait_for(worker, "Waiting for a workflow server")
    worker.send_signal(signal.SIGINT)
    assert worker.wait(30) == 0


def test_it_finds_the_server_of_its_installation_and_ends_well(
    temporal: Temporal, environment: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    write_address(tmp_path / "temporal", temporal.address)
    worker: subprocess.Popen[str] = request.getfixturevalue("worker")
    wait_for(worker, "The outbox waits")  # connected, at work, and without tables
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0


def test_its_ports_tell_how_it_is_and_what_it_measures(temporal: Temporal, environment: dict[str, str]) -> None:
    health, metrics = free_port(), free_port()
    environment["TEMPORAL_ADDRESS"] = temporal.address
    ports = ["--health-port", str(health), "--metrics-port", str(metrics)]
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "manage.py", "temporal_worker", *ports],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            wait_for(process, "The outbox waits")
            told = httpx.get(f"http://127.0.0.1:{health}/healthz", timeout=10)
            assert (told.status_code, told.json()["server"]) == (200, temporal.address)
            assert "temporal_" in httpx.get(f"http://127.0.0.1:{metrics}/metrics", timeout=10).text
        finally:
            process.kill()


async def test_a_worker_that_takes_no_work_says_why() -> None:
    health = Health("imports")
    async with health_port(health, port=0, host="127.0.0.1") as port, httpx.AsyncClient() as client:
        told = await client.get(f"http://127.0.0.1:{port}/healthz")
        assert (told.status_code, told.json()["problem"]) == (503, "Not connected yet.")
        health.working("there:7233")
        assert (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
        health.waits("Temporal does not answer.")
        assert (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 503
        assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 404

"""The worker and the parts beside the web server when something in them breaks."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import InterfaceError

from apps.accounts.tests.machine import PATIENCE_S
from eaichat.management import serving, worker
from eaichat.management.worker_port import Health
from eaichat.temporal import connect
from tests.services.temporal import Temporal


async def test_a_worker_that_breaks_is_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop = asyncio.Event()
    tries: list[str] = []

    async def connect(target: str, **_: object) -> str:
        return target

    async def work(client: Any, *_: object, **__: object) -> None:
        tries.append(client)
        if len(tries) == 1:
            raise InterfaceError("connection already closed")
        stop.set()

    monkeypatch.setattr(worker, "connect", connect)
    monkeypatch.setattr(worker, "_work", work)
    monkeypatch.setattr(worker, "_LONGEST_PAUSE", 0.01)
    async with asyncio.timeout(PATIENCE_S):
        await worker.run_worker(stop=stop, address=lambda: "localhost:1")
    assert tries == ["localhost:1", "localhost:1"]
    assert "connection already closed" in caplog.text


async def test_a_part_that_breaks_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(stopping: asyncio.Event) -> None:
        raise OSError("no space left on device")

    with caplog.at_level(logging.ERROR):
        await serving.watched(broken, asyncio.Event())
    assert "no space left on device" in caplog.text


async def test_a_wrong_namespace_is_told_loudly_and_once(
    temporal: Temporal, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TEMPORAL_NAMESPACE = "nowhere"
    stop = asyncio.Event()
    waiting = asyncio.create_task(worker.run_worker(stop=stop, address=lambda: temporal.address))
    await asyncio.sleep(1.5)  # three tries
    stop.set()
    await waiting
    [told] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "TEMPORAL_NAMESPACE" in told.getMessage()


async def test_the_return_of_a_server_is_noticed_within_seconds(own_temporal: Temporal) -> None:
    await asyncio.to_thread(own_temporal.start)
    client = await connect(own_temporal.address)
    health = Health("any", ok=True)
    noticed = asyncio.create_task(worker._until_it_comes_back(client, health))
    await asyncio.to_thread(own_temporal.kill)
    await asyncio.sleep(4)
    assert not noticed.done()
    assert (health.ok, health.problem) == (False, "Temporal does not answer.")
    await asyncio.to_thread(own_temporal.start)
    async with asyncio.timeout(8):
        await noticed
    assert health.ok

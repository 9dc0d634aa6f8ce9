"""Nudges within a process: they arrive from any thread, at whoever listens, and fail nobody."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest
from asgiref.sync import sync_to_async

from apps.accounts import live
from apps.accounts.live import groups
from apps.accounts.live.groups import Groups, Message
from apps.accounts.tests.machine import PATIENCE_S

CHANGED: Message = {"type": "session.changed"}


@pytest.fixture(autouse=True)
def no_loop() -> Iterator[None]:
    live.use_loop(None)
    yield
    live.use_loop(None)


@pytest.fixture
def heard() -> Iterator[asyncio.Queue[Message]]:
    """What a listener of `chat.1` was told."""
    queue: asyncio.Queue[Message] = asyncio.Queue()
    hear = queue.put_nowait
    live.join("chat.1", hear)
    yield queue
    live.leave("chat.1", hear)


async def test_a_thread_reaches_who_listens_on_the_named_loop(heard: asyncio.Queue[Message]) -> None:
    live.use_loop(asyncio.get_running_loop())
    thread = threading.Thread(target=live.broadcast, kwargs={"group": "chat.1", "message": CHANGED})
    thread.start()
    async with asyncio.timeout(PATIENCE_S):
        assert await heard.get() == CHANGED
    await asyncio.to_thread(thread.join)


async def test_only_the_group_hears_it(heard: asyncio.Queue[Message]) -> None:
    live.use_loop(asyncio.get_running_loop())
    live.broadcast(group="chat.2", message=CHANGED)
    await asyncio.sleep(0.1)
    assert heard.empty()


async def test_who_has_left_hears_nothing_more() -> None:
    live.use_loop(asyncio.get_running_loop())
    heard: list[Message] = []
    live.join("chat.3", heard.append)
    live.leave("chat.3", heard.append)
    live.leave("chat.3", heard.append)
    live.broadcast(group="chat.3", message=CHANGED)
    await asyncio.sleep(0.05)
    assert heard == []


async def test_a_listener_that_breaks_keeps_it_from_nobody(
    heard: asyncio.Queue[Message], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(message: Message) -> None:
        raise RuntimeError("broken")

    together = Groups()
    together.join("chat.1", broken)
    together.join("chat.1", heard.put_nowait)
    together.tell("chat.1", CHANGED)
    assert heard.get_nowait() == CHANGED
    assert "A listener broke over session.changed" in caplog.text


async def test_pages_that_read_again_do_so_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_AT_ONCE", 2)
    monkeypatch.setattr(groups, "_PAUSE", 0.02)
    together, told = Groups(), [0] * 5

    def tell(number: int, message: Message) -> None:
        told[number] += 1

    for number in range(5):
        together.join("all", partial(tell, number))
    telling = asyncio.create_task(together.tell_slowly("all", CHANGED))
    await asyncio.sleep(0)
    assert sum(told) == 2
    await telling
    assert told == [1, 1, 1, 1, 1]


def test_a_thread_whose_loop_has_stopped_does_not_wait_for_it() -> None:
    """A server that shuts down stops its loop while its database threads still commit."""
    stopped, sent = threading.Event(), threading.Event()

    def commit() -> None:
        stopped.wait(PATIENCE_S)
        live.broadcast(group="chat.4", message=CHANGED)
        sent.set()

    async def serve() -> asyncio.Future[None]:
        live.use_loop(asyncio.get_running_loop())
        working = asyncio.ensure_future(sync_to_async(commit, thread_sensitive=False)())
        await asyncio.sleep(0.05)
        return working

    loop = asyncio.new_event_loop()
    working = loop.run_until_complete(serve())
    stopped.set()
    assert sent.wait(PATIENCE_S)
    loop.run_until_complete(working)
    loop.close()


def test_without_a_layer_between_processes_nothing_is_delayed_and_nothing_waits() -> None:
    began = time.monotonic()
    live.broadcast(group="chat.1", message=CHANGED)
    assert not live.is_delayed()
    assert time.monotonic() - began < 0.5

"""Nudges: they arrive from any thread, whether or not a server's loop is named."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.layers import get_channel_layer

from apps.accounts.live import broadcast, use_loop


@pytest.fixture(autouse=True)
def no_loop() -> Iterator[None]:
    use_loop(None)
    yield
    use_loop(None)


async def test_a_thread_reaches_a_page_that_the_named_loop_serves() -> None:
    layer = get_channel_layer()
    assert layer is not None
    channel = await layer.new_channel()
    await layer.group_add("chat.1", channel)
    use_loop(asyncio.get_running_loop())
    thread = threading.Thread(target=broadcast, kwargs={"group": "chat.1", "message": {"type": "session.changed"}})
    thread.start()
    async with asyncio.timeout(1):
        assert await layer.receive(channel) == {"type": "session.changed"}
    await asyncio.to_thread(thread.join)


async def test_only_the_group_hears_it() -> None:
    layer = get_channel_layer()
    assert layer is not None
    channel = await layer.new_channel()
    await layer.group_add("chat.1", channel)
    use_loop(asyncio.get_running_loop())
    broadcast(group="chat.2", message={"type": "session.changed"})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await layer.receive(channel)


def test_without_a_server_in_the_process_it_is_sent_all_the_same() -> None:
    layer = get_channel_layer()
    assert layer is not None
    channel = async_to_sync(layer.new_channel)()
    async_to_sync(layer.group_add)("chat.3", channel)
    broadcast(group="chat.3", message={"type": "session.changed"})
    assert async_to_sync(layer.receive)(channel) == {"type": "session.changed"}


def test_a_thread_whose_loop_has_stopped_does_not_wait_for_it() -> None:
    """A server that shuts down stops its loop while its database threads still commit."""
    stopped, sent = threading.Event(), threading.Event()

    def commit() -> None:
        stopped.wait(5)
        broadcast(group="chat.4", message={"type": "session.changed"})
        sent.set()

    async def serve() -> asyncio.Future[None]:
        working = asyncio.ensure_future(sync_to_async(commit, thread_sensitive=False)())
        await asyncio.sleep(0.05)
        return working

    loop = asyncio.new_event_loop()
    working = loop.run_until_complete(serve())
    stopped.set()
    assert sent.wait(5)
    loop.run_until_complete(working)
    loop.close()

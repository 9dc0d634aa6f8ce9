"""News between processes over a real Redis that is killed, frozen and started again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from channels_redis.pubsub import RedisPubSubChannelLayer

from apps.accounts.live import bridge
from apps.accounts.live.bridge import Bridge, send_once
from apps.accounts.live.groups import Groups, Message
from apps.accounts.tests.machine import PATIENCE_S
from eaichat.shared import channel_layer
from tests.services.redis import Redis

NEWS: Message = {"type": "session.changed", "by": ""}
SECONDS = 10.0  # one beat, one patience and one new attempt, on a machine that is busy


class Process:
    """What one process of an installation has: groups, a bridge, and one page that listens."""

    def __init__(self, url: str) -> None:
        self.groups = Groups()
        self.layer = RedisPubSubChannelLayer(**channel_layer(url)["CONFIG"])
        loop = asyncio.get_running_loop()
        self.bridge = Bridge(self.layer, self.groups, everybody="everybody", loop=loop)
        self.news: list[Message] = []
        self.told: list[str] = []
        self.groups.join("chat.1", self.news.append)
        self.groups.join("everybody", lambda message: self.told.append(message["type"]))


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Callable[[str], Process]]:
    processes: list[Process] = []

    def start_one(url: str) -> Process:
        processes.append(Process(url))
        return processes[-1]

    yield start_one
    for process in processes:
        process.bridge.stop()
    await asyncio.sleep(0.1)


async def until(true: Callable[[], object], *, within: float = PATIENCE_S) -> float:
    """Wait until it is so. Returns the seconds that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within, "it did not happen"
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def together(*processes: Process) -> None:
    """Wait until they hear each other."""
    await until(lambda: all(len(process.bridge._heard) == len(processes) - 1 for process in processes))
    for process in processes:
        process.told.clear()


async def test_news_reach_another_process(redis_server: Redis, start: Callable[[str], Process]) -> None:
    here, there = start(redis_server.url), start(redis_server.url)
    await together(here, there)
    here.bridge.put("chat.1", NEWS)
    here.bridge.put("chat.2", NEWS)
    await until(lambda: there.news)
    await asyncio.sleep(0.1)
    assert (there.news, here.news) == ([NEWS], [])
    assert there.told == []


async def test_a_process_without_a_server_reaches_them_too(
    redis_server: Redis, start: Callable[[str], Process]
) -> None:
    there = start(redis_server.url)
    await until(lambda: there.bridge._joined)
    await send_once(RedisPubSubChannelLayer(**channel_layer(redis_server.url)["CONFIG"]), "chat.1", NEWS)
    await until(lambda: there.news)


async def test_a_killed_redis_is_said_once_and_pages_read_until_it_is_back(
    own_redis: Redis,
    start: Callable[[str], Process],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(bridge, "READ_EVERY", 0.3)
    here, there = start(own_redis.url), start(own_redis.url)
    await together(here, there)
    own_redis.kill()
    assert await until(lambda: here.bridge.delayed and there.bridge.delayed) < SECONDS
    here.bridge.put("chat.1", NEWS)
    await until(lambda: there.told.count("live.missed") > 3)
    assert there.told[0] == "live.delayed"
    assert there.told.count("live.delayed") == 1

    there.told.clear()
    await own_redis.come_back()
    assert await until(lambda: "live.prompt" in there.told and "live.missed" in there.told) < SECONDS
    assert await until(lambda: not here.bridge.delayed) < SECONDS
    here.bridge.put("chat.1", NEWS)
    await until(lambda: there.news)
    assert sum("Live updates are away" in record.message for record in caplog.records) == 2  # of two processes
    assert not [record for record in caplog.records if record.levelno > logging.WARNING]


async def test_a_redis_that_hangs_is_one_that_is_away(own_redis: Redis, start: Callable[[str], Process]) -> None:
    here, there = start(own_redis.url), start(own_redis.url)
    await together(here, there)
    own_redis.freeze()
    late = asyncio.create_task(_latest(4.0))
    assert await until(lambda: here.bridge.delayed) < SECONDS
    began = time.monotonic()
    here.bridge.put("chat.1", NEWS)
    assert time.monotonic() - began < bridge.PATIENCE / 2
    own_redis.thaw()
    await until(lambda: not here.bridge.delayed and not there.bridge.delayed)
    assert await late < bridge.PATIENCE / 2  # the loop went on serving


async def _latest(seconds: float) -> float:
    """By how much the loop was late, at worst."""
    worst, end = 0.0, time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        await asyncio.sleep(0.01)
        worst = max(worst, time.monotonic() - now - 0.01)
    return worst


async def test_a_process_that_starts_while_redis_is_away_says_so_and_joins_later(
    own_redis: Redis, start: Callable[[str], Process]
) -> None:
    own_redis.kill()
    here = start(own_redis.url)
    assert await until(lambda: here.bridge.delayed) < SECONDS
    await own_redis.come_back()
    await until(lambda: not here.bridge.delayed)
    there = start(own_redis.url)
    await together(here, there)
    there.bridge.put("chat.1", NEWS)
    await until(lambda: here.news)


async def test_news_that_were_lost_on_the_way_are_found_missing(
    redis_server: Redis, start: Callable[[str], Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subscriber that Redis drops for a moment hears nothing of it: the numbers tell."""
    here, there = start(redis_server.url), start(redis_server.url)
    await together(here, there)
    monkeypatch.setattr(there.bridge, "_take", lambda **packet: None)
    here.bridge.put("chat.1", NEWS)
    await asyncio.sleep(0.2)
    monkeypatch.undo()
    assert await until(lambda: "live.missed" in there.told) < SECONDS
    assert there.news == []
    assert "live.delayed" not in there.told


async def test_a_restart_within_a_moment_is_no_outage(own_redis: Redis, start: Callable[[str], Process]) -> None:
    here = start(own_redis.url)
    await until(lambda: here.bridge._joined)
    own_redis.kill()
    await own_redis.come_back()
    await until(lambda: here.bridge._joined > 1)
    assert "live.missed" in here.told
    assert "live.delayed" not in here.told


async def test_a_subscription_that_ends_without_a_word_is_missed_and_made_again(
    redis_server: Redis, start: Callable[[str], Process]
) -> None:
    here, there = start(redis_server.url), start(redis_server.url)
    await together(here, there)
    await there.layer._shards[0]._pubsub.unsubscribe()
    assert await until(lambda: there.bridge._joined > 1) < SECONDS
    here.bridge.put("chat.1", NEWS)
    await until(lambda: there.news)
    assert there.told == ["live.missed"]

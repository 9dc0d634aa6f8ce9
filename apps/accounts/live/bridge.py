"""News between the processes of an installation, over a channel layer that may be away, hang or lose messages.

Every process hears one group of the layer and picks what its own pages listen to: joining needs no round trip, and
after an outage nothing has to be joined again. A packet counts as sent when it has come back to its sender, so a
dead publisher, a dead subscription and a server that hangs look the same: no echo within `PATIENCE`.

Packets are numbered. Who finds a number missing tells its pages to read again, so whatever the layer lost, and
however quickly it was back, a page is late by a beat. While the layer is away, pages read every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from apps.accounts.live.groups import Groups, Message

log = logging.getLogger(__name__)
# It writes a traceback for every second of an outage; ours is one line.
logging.getLogger("channels_redis.pubsub").setLevel(logging.CRITICAL)

GROUP = "eaichat.news"
BEAT = 1.0  # seconds between packets when there is no news
BREATH = 0.03  # seconds between packets when there is much: what comes up meanwhile goes into one
PATIENCE = 1.0  # seconds that the layer has for each step
AGAIN = 0.5  # seconds between attempts while it is away
READ_EVERY = 3.0  # seconds between two readings of a page while it is away
_KNOWN = 1000  # processes whose numbers are remembered

News = tuple[str, Message]


class Bridge:
    """`layer` is Channels', which ships no types. All but `stop` belongs to `loop`, which serves the sockets."""

    def __init__(self, layer: Any, groups: Groups, *, everybody: str, loop: asyncio.AbstractEventLoop) -> None:
        self.delayed = False
        self._layer = layer
        self._groups = groups
        self._everybody = everybody
        self._loop = loop
        self._name = uuid.uuid4().hex
        self._number = 0
        self._joined = 0
        self._delayed_since = 0.0
        self._news: dict[object, News] = {}
        self._heard: OrderedDict[str, int] = OrderedDict()
        self._some_news = asyncio.Event()
        self._echo = asyncio.Event()
        self._missed = asyncio.Event()
        self._tasks = [loop.create_task(self._run()), loop.create_task(self._read_again())]

    def stop(self) -> None:
        """End it, from any thread; when the loop has stopped, before this returns."""
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._cancel)
        elif not self._loop.is_closed():
            self._cancel()
            self._loop.run_until_complete(asyncio.wait(self._tasks, timeout=PATIENCE))

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    def put(self, group: str, message: Message) -> None:
        """Send it with the next packet. While the layer is away it is dropped: the others will miss its number."""
        if self.delayed:
            self._number += 1
            return
        self._news[(group, *message.items())] = (group, message)
        self._some_news.set()

    # --- one connection after the other -----------------------------------------------------------------------
    async def _run(self) -> None:
        while True:
            joined = self._joined
            why = await self._connection()
            if self._joined == joined:  # else it worked until now: one more try before it is an outage
                self._went_away(why)
                await asyncio.sleep(AGAIN)

    async def _connection(self) -> str:
        """Join and carry news until that fails. Returns why."""
        receiving: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(PATIENCE):
                channel = await self._layer.new_channel()
                await self._layer.group_add(GROUP, channel)
            receiving = asyncio.create_task(self._receive(channel))
            await self._send([])
            self._came()
            while True:
                await self._send(await self._next_news())
                await asyncio.sleep(BREATH)
        except Exception as error:  # whatever a layer raises: all that matters is that it does not work
            return f"{type(error).__name__} {error}".strip()
        finally:
            await self._disconnect()
            if receiving is not None:
                receiving.cancel()
                await asyncio.wait({receiving}, timeout=PATIENCE)

    async def _disconnect(self) -> None:
        """Throw away what is left of the connection, so that the next one begins like new."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._layer.flush()
        except Exception:
            log.debug("A connection to the channel layer could not be closed", exc_info=True)

    def _came(self) -> None:
        self._joined += 1
        if self._joined > 1 or self.delayed:
            self._missed.set()
        if self.delayed:
            self.delayed = False
            log.info("Live updates are back after %.1f s", time.monotonic() - self._delayed_since)
            self._groups.tell(self._everybody, {"type": "live.prompt"})

    def _went_away(self, why: str) -> None:
        if self.delayed:
            return
        self.delayed = True
        self._delayed_since = time.monotonic()
        self._number += len(self._news)
        self._news.clear()
        self._missed.set()
        log.warning("Live updates are away (%s): pages read every %g s", why, READ_EVERY)
        self._groups.tell(self._everybody, {"type": "live.delayed"})

    # --- out --------------------------------------------------------------------------------------------------
    async def _next_news(self) -> list[News]:
        """What has come up since the last packet; nothing after a beat."""
        try:
            async with asyncio.timeout(BEAT):
                await self._some_news.wait()
        except TimeoutError:
            return []
        self._some_news.clear()
        news = list(self._news.values())
        self._news.clear()
        return news

    async def _send(self, news: list[News]) -> None:
        self._number += bool(news)
        self._echo.clear()
        async with asyncio.timeout(PATIENCE):
            await self._layer.group_send(GROUP, _packet(self._name, self._number, news))
            await self._echo.wait()

    # --- in ---------------------------------------------------------------------------------------------------
    async def _receive(self, channel: str) -> None:
        while True:
            packet = await self._layer.receive(channel)
            try:
                self._take(**packet)
            except Exception:  # of another version, or no packet at all
                log.exception("News of another process cannot be read")

    def _take(self, *, by: str, number: int, news: list[News], **_: object) -> None:
        if by == self._name:
            self._echo.set()
            return
        for group, message in news:
            self._groups.tell(group, message)
        if by:
            self._count(by, number, bool(news))

    def _count(self, by: str, number: int, has_news: bool) -> None:
        if number != self._heard.pop(by, 0) + has_news:
            self._missed.set()
        self._heard[by] = number
        if len(self._heard) > _KNOWN:
            self._heard.popitem(last=False)

    async def _read_again(self) -> None:
        """Pages read when something was missed, and now and then while nothing can be heard."""
        while True:
            try:
                async with asyncio.timeout(READ_EVERY if self.delayed else None):
                    await self._missed.wait()
            except TimeoutError:
                log.debug("Pages read without having been told of news")
            self._missed.clear()
            await self._groups.tell_slowly(self._everybody, {"type": "live.missed"})


async def send_once(layer: Any, group: str, message: Message) -> None:
    """Tell other processes from one that has no bridge; nobody counts such a packet."""
    async with asyncio.timeout(PATIENCE):
        await layer.group_send(GROUP, _packet("", 0, [(group, message)]))


def _packet(by: str, number: int, news: Iterable[News]) -> dict[str, Any]:
    return {"type": "live.packet", "by": by, "number": number, "news": [list(each) for each in news]}

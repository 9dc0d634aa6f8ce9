"""The one door to the channel layer: what `apps.accounts.live` offers, over the groups and the bridge."""

from __future__ import annotations

import asyncio
import logging
import time

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from apps.accounts.live.bridge import Bridge, send_once
from apps.accounts.live.groups import Groups, Hear, Message

log = logging.getLogger(__name__)

EVERYBODY = "live.everybody"
_SILENT = 5.0  # seconds in which a process without a server does not try again what has just failed


class _Door:
    def __init__(self) -> None:
        self.groups = Groups()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.bridge: Bridge | None = None
        self.silent_until = 0.0


_door = _Door()


def use_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Name the loop that serves sockets; from now on it also carries news between processes. None: no longer."""
    if loop is _door.loop:
        return
    if _door.bridge is not None:
        _door.bridge.stop()
    _door.loop, _door.bridge = loop, None
    layer = get_channel_layer()
    if loop is not None and layer is not None and not isinstance(layer, InMemoryChannelLayer):
        _door.bridge = Bridge(layer, _door.groups, everybody=EVERYBODY, loop=loop)


def join(group: str, hear: Hear) -> None:
    """Call `hear`, on the server's loop, with every message that is told to `group` in any process."""
    _door.groups.join(group, hear)


def leave(group: str, hear: Hear) -> None:
    """Undo `join`; harmless when `hear` is no member."""
    _door.groups.leave(group, hear)


def is_delayed() -> bool:
    """Whether other processes cannot be heard right now."""
    return _door.bridge is not None and _door.bridge.delayed


def broadcast(*, group: str, message: Message) -> None:
    """Tell `group` in every process, from any thread. `message`: a `type` and plain values.

    The same message twice may arrive once.
    """
    loop = _door.loop
    try:
        if loop is not None and loop.is_running():
            loop.call_soon_threadsafe(_tell, group, message)
        else:
            _tell_others(group, message)
    except Exception:  # the commit has happened and the page will read: nobody may fail over a nudge
        log.exception("A nudge for %s could not be sent", group.partition(".")[0])


def _tell(group: str, message: Message) -> None:
    _door.groups.tell(group, message)
    if _door.bridge is not None:
        _door.bridge.put(group, message)


def _tell_others(group: str, message: Message) -> None:
    """Without a server in this process, or while it stops: a connection of its own for one message."""
    layer = get_channel_layer()
    if layer is None or isinstance(layer, InMemoryChannelLayer) or time.monotonic() < _door.silent_until:
        return
    try:
        # A loop of its own: the one that called this thread may have stopped (the server is shutting down), and
        # waiting for it would hold the process for ever.
        async_to_sync(send_once, force_new_loop=True)(layer, group, message)
    except Exception as error:
        _door.silent_until = time.monotonic() + _SILENT
        log.warning("Pages are not told of news: %s. Trying again in %g s", type(error).__name__, _SILENT)

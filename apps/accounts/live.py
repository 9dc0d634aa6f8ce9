"""Telling open pages that something changed: a nudge over the channel layer, never the data itself.

Channels delivers at most once and the database is the truth, so a page that hears a nudge reads what is new.
"""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

_server_loop: asyncio.AbstractEventLoop | None = None


def use_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Name the loop that serves sockets. The in-memory layer belongs to it, whatever thread has news."""
    global _server_loop  # noqa: PLW0603 - one loop serves a process, and threads must find it
    _server_loop = loop


def broadcast(*, group: str, message: dict[str, Any]) -> None:
    """Send `message` (its `type` names the consumer's handler) to `group`, from any thread."""
    layer = get_channel_layer()
    if layer is None:
        return
    if _server_loop is not None and _server_loop.is_running():
        asyncio.run_coroutine_threadsafe(layer.group_send(group, message), _server_loop)
    else:
        # A loop of its own: the one that called this thread may have stopped (the server is shutting down), and
        # waiting for it would hold the process for ever.
        async_to_sync(layer.group_send, force_new_loop=True)(group, message)

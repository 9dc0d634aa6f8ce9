"""The application under daphne, in a thread of the test process, on the test's database."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from channels.routing import ProtocolTypeRouter, URLRouter
from daphne.server import Server, twisted_loop
from django.core.asgi import get_asgi_application
from twisted.internet import reactor

from apps.accounts import live
from apps.hitl.routing import websocket_urlpatterns


@contextmanager
def running() -> Iterator[str]:
    """Serve until the end; gives the address. Twisted's reactor starts once in a process, so use it once."""
    application = ProtocolTypeRouter(
        {"http": get_asgi_application(), "websocket": URLRouter(websocket_urlpatterns)}
    )
    server = Server(application, endpoints=["tcp:port=0:interface=127.0.0.1"], signal_handlers=False)
    ready = threading.Event()
    thread = threading.Thread(target=_serve, args=(server, ready), name="daphne", daemon=True)
    thread.start()
    assert ready.wait(20), "daphne does not start"
    live.use_loop(twisted_loop)
    yield f"http://127.0.0.1:{server.listening_addresses[0][1]}"
    live.use_loop(None)
    reactor.callFromThread(server.stop)
    thread.join(20)


def _serve(server: Server, ready: threading.Event) -> None:
    reactor.callWhenRunning(ready.set)
    server.run()
    asyncio.set_event_loop(None)

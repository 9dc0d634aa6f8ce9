"""A real server of the chat's socket; prints its port.

`python -m apps.chat.tests.serve DATABASE INDEX_DIR [watch]`, run by test_daphne.py. It works
on the test's own database and index.
"""

from __future__ import annotations

import os
import signal
import sys

from daphne.server import Server, twisted_loop

from apps.catalog.engine.hosting.process import die_with_parent


def main(database: str, index_dir: str, *options: str) -> None:
    die_with_parent(signal.SIGKILL)

    import asyncio

    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")
    settings.DATABASES["default"]["NAME"] = database
    django.setup()

    from pathlib import Path

    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.core.asgi import get_asgi_application

    from apps.catalog import runtime
    from apps.catalog.engine.catalog import Catalog
    from apps.catalog.engine.embedding import EmbeddingService
    from apps.catalog.engine.hosting.client import HostClient
    from apps.catalog.engine.models.installed import load_embedder
    from apps.chat.routing import websocket_urlpatterns
    from apps.chat.watch import watch

    embeddings = EmbeddingService(lambda: load_embedder(runtime.models_dir(), settings.EMBEDDING_MODEL))
    runtime.install(Catalog(embeddings=embeddings, backend=HostClient(Path(index_dir))))
    runtime.catalog().warm_up()
    asyncio.set_event_loop(twisted_loop)
    application = ProtocolTypeRouter(
        {"http": get_asgi_application(), "websocket": URLRouter(websocket_urlpatterns)}
    )
    server = Server(
        application,
        endpoints=["tcp:port=0:interface=127.0.0.1"],
        websocket_max_message_size=64 * 1024,  # as `manage.py up` has it
        websocket_max_frame_size=64 * 1024,
    )

    def tell_port() -> None:
        _, port = server.listening_addresses[0]
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        if "watch" in options:
            tasks.append(twisted_loop.create_task(watch(asyncio.Event())))

    tasks: list[asyncio.Task[None]] = []  # a task that nobody holds may be collected
    server.ready_callable = tell_port
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A daphne that tells who asks: `python -m apps.accounts.tests.address_server` prints its port."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

from daphne.server import Server


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")
    django.setup()

    from django.core.handlers.asgi import ASGIRequest

    from apps.accounts.addresses import client_address, requested_host

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            answer = {"client": client_address(scope), "host": requested_host(scope)}
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.send", "text": json.dumps(answer)})
            await send({"type": "websocket.close"})
            return
        request = ASGIRequest(scope, io.BytesIO())
        answer = {"client": client_address(request), "host": request.get_host()}
        body = json.dumps({**answer, "secure": request.is_secure()}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    server = Server(application, endpoints=["tcp:port=0:interface=127.0.0.1"])

    def tell_port() -> None:
        sys.stdout.write(f"{server.listening_addresses[0][1]}\n")
        sys.stdout.flush()

    server.ready_callable = tell_port
    server.run()


if __name__ == "__main__":
    main()

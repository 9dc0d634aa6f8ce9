"""The ASGI application: Django over HTTP, Channels over WebSocket."""

from __future__ import annotations

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")
_http = get_asgi_application()

from apps.chat.routing import websocket_urlpatterns as shopper_sockets  # noqa: E402 - needs the apps loaded
from apps.hitl.routing import websocket_urlpatterns as desk_sockets  # noqa: E402 - the same

application = ProtocolTypeRouter(
    {
        "http": _http,
        # The chat's consumer checks the store's origins itself; the desk's checks its own origin and the session.
        "websocket": AuthMiddlewareStack(URLRouter([*shopper_sockets, *desk_sockets])),
    }
)

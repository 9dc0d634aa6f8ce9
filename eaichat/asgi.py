"""The ASGI application: Django over HTTP, Channels over WebSocket."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")
_http = get_asgi_application()

from apps.chat.routing import websocket_urlpatterns as shopper_sockets  # noqa: E402 - needs the apps loaded
from apps.hitl.routing import websocket_urlpatterns as desk_sockets  # noqa: E402 - the same
from eaichat.access import AccessLog  # noqa: E402 - beside its peers

application = AccessLog(
    ProtocolTypeRouter(
        {
            "http": _http,
            # Each consumer checks origin and person itself: the chat by the store's list, the desk by its session.
            "websocket": URLRouter([*shopper_sockets, *desk_sockets]),
        }
    ),
    believes_proxy=settings.TRUSTED_PROXIES > 0,
)

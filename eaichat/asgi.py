"""The ASGI application: Django over HTTP, Channels over WebSocket."""

from __future__ import annotations

import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")
django.setup(set_prefix=False)

from apps.accounts.web import WebApplication  # noqa: E402 - needs the apps loaded
from apps.chat.routing import websocket_urlpatterns as shopper_sockets  # noqa: E402 - the same
from apps.hitl.routing import websocket_urlpatterns as desk_sockets  # noqa: E402 - the same
from eaichat.access import AccessLog  # noqa: E402 - beside its peers

application = AccessLog(
    ProtocolTypeRouter(
        {
            "http": WebApplication(),
            # Each consumer checks origin and person itself: the chat by the store's list, the desk by its session.
            "websocket": URLRouter([*shopper_sockets, *desk_sockets]),
        }
    ),
    believes_proxy=settings.TRUSTED_PROXIES > 0,
)

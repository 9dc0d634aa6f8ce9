"""The ASGI application: Django over HTTP, Channels over WebSocket."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eaichat.settings")

application = ProtocolTypeRouter({"http": get_asgi_application()})

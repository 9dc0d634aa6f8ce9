"""The desk's address."""

from channels.sessions import CookieMiddleware
from django.urls import path

from apps.hitl.consumers import DeskConsumer

websocket_urlpatterns = [path("ws/desk/", CookieMiddleware(DeskConsumer.as_asgi()))]

"""The chat's WebSocket addresses, relative to the site's root."""

from django.urls import path

from apps.chat.consumers import ChatConsumer

websocket_urlpatterns = [path("ws/chat/<str:public_key>/", ChatConsumer.as_asgi())]

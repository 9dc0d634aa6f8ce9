"""What all processes of an installation share through Redis: the channel layer and the cache.

Without Redis there is one process, and its memory does. Sessions of people stay in the database: Redis may lose
what it holds at any time, and nobody should be signed out by its restart.
"""

from __future__ import annotations

from typing import Any

PATIENCE = 1.0  # seconds that Redis has for each step


def channel_layer(redis_url: str) -> dict[str, Any]:
    """CHANNEL_LAYERS["default"]."""
    if not redis_url:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    host = {"address": redis_url, "socket_connect_timeout": PATIENCE}
    return {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [host]}}


def cache(redis_url: str) -> dict[str, Any]:
    """CACHES["default"]."""
    if not redis_url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "apps.accounts.shared_cache.SharedCache",
        "LOCATION": redis_url,
        "OPTIONS": {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE},
    }

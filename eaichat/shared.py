"""What all processes of an installation share through Redis: the channel layer and the cache."""

from __future__ import annotations

from typing import Any


def channel_layer(redis_url: str) -> dict[str, Any]:
    """CHANNEL_LAYERS["default"]; without Redis there is one process, and its memory does."""
    if not redis_url:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    return {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [redis_url]}}

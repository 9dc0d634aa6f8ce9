"""What processes share through Redis, as the settings and the health page see it."""

from __future__ import annotations

import time

import pytest
from django.conf import settings as configured
from pytest_django.fixtures import Settings

from eaichat.health import Part, redis
from eaichat.shared import cache, channel_layer
from tests.services.redis import Redis


def test_without_redis_the_memory_of_one_process_does() -> None:
    assert channel_layer("")["BACKEND"].endswith("InMemoryChannelLayer")
    assert cache("")["BACKEND"].endswith("LocMemCache")


def test_people_stay_signed_in_whatever_redis_loses() -> None:
    assert configured.SESSION_ENGINE == "django.contrib.sessions.backends.db"


def test_health_names_redis_only_where_there_is_one(settings: Settings) -> None:
    settings.REDIS_URL = ""
    assert redis() == []


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_health_tells_of_a_redis_that_is_away(settings: Settings, own_redis: Redis, how: str) -> None:
    settings.REDIS_URL = own_redis.url
    assert redis() == [Part("redis", True, "answers", own_redis.address)]
    getattr(own_redis, how)()
    began = time.monotonic()
    (part,) = redis()
    own_redis.thaw()
    assert not part.ok
    assert "updates come late" in part.state
    assert time.monotonic() - began < 8


def test_health_keeps_the_password_to_itself(settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    (part,) = redis()
    assert "secret" not in str(part)

"""Limits that all processes share through a real Redis, which is killed and frozen."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from django.core.cache import caches
from django.test import Client
from pytest_django.fixtures import Settings

from apps.accounts.limits import PATIENCE, Limit, Limits, in_words, party
from apps.accounts.models import Store, User
from apps.accounts.shared_cache import SharedCache
from eaichat.shared import cache
from tests.services.redis import Redis

THREE = Limit("three", 3, 20)


@pytest_asyncio.fixture
async def processes(settings: Settings) -> AsyncIterator[list[Limits]]:
    """The limits of two processes of one installation."""
    both = [Limits(), Limits()]
    yield both
    for limits in both:
        await limits.close()


async def test_what_one_process_counts_the_other_knows(
    redis_server: Redis, processes: list[Limits], settings: Settings
) -> None:
    settings.REDIS_URL = redis_server.url
    here, there = processes
    key = uuid.uuid4().hex
    taken = [await limits.take(THREE, key) for limits in (here, there, here, there, here)]
    assert taken[:3] == [0, 0, 0]
    assert all(19 < wait <= 20 for wait in taken[3:])
    assert await there.take(THREE, "somebody else" + key) == 0


async def test_a_window_moves_on(redis_server: Redis, processes: list[Limits], settings: Settings) -> None:
    settings.REDIS_URL = redis_server.url
    key, one = uuid.uuid4().hex, Limit("one", 1, 1)
    assert await processes[0].take(one, key) == 0
    wait = await processes[1].take(one, key)
    assert 0 < wait <= 1
    await asyncio.sleep(wait + 0.05)
    assert await processes[1].take(one, key) == 0


async def test_while_redis_is_away_each_process_counts_alone(
    own_redis: Redis, processes: list[Limits], settings: Settings
) -> None:
    settings.REDIS_URL = own_redis.url
    here, there = processes
    assert await here.take(THREE, "shopper") == 0
    own_redis.kill()
    assert [await here.take(THREE, "shopper") > 0 for _ in range(4)] == [False, False, False, True]
    assert await there.take(THREE, "shopper") == 0
    await own_redis.come_back()
    here._alone_until = there._alone_until = 0.0
    assert [await limits.take(THREE, "shopper") > 0 for limits in (here, there, here, there)] == [
        False,
        False,
        False,
        True,
    ]


async def test_a_redis_that_hangs_holds_a_message_up_once_and_briefly(
    own_redis: Redis, processes: list[Limits], settings: Settings
) -> None:
    settings.REDIS_URL = own_redis.url
    here = processes[0]
    assert await here.take(THREE, "shopper") == 0
    own_redis.freeze()
    began = time.monotonic()
    assert await here.take(THREE, "shopper") == 0
    assert time.monotonic() - began < 2
    began = time.monotonic()
    assert await here.take(THREE, "shopper") == 0
    assert time.monotonic() - began < PATIENCE / 2
    own_redis.thaw()


async def test_no_amount_is_no_limit() -> None:
    limits = Limits()
    assert [await limits.take(Limit("none", 0, 60), "shopper") for _ in range(50)] == [0] * 50


@pytest.mark.parametrize(
    ("address", "who"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_a_household_is_one_party(address: str, who: str) -> None:
    assert party(address) == who


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "in 1 second"), (1.2, "in 2 seconds"), (59.5, "in 60 seconds"), (300, "in 5 minutes")],
)
def test_a_wait_is_said_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


# --- the cache: REST and login ------------------------------------------------------------------------------
@pytest.fixture
def shared(own_redis: Redis, settings: Settings) -> Iterator[Redis]:
    settings.CACHES = {"default": cache(own_redis.url)}
    SharedCache.alone_until = 0.0
    yield own_redis
    SharedCache("redis://localhost", {}).memory.clear()
    caches["default"].close()
    SharedCache.alone_until = 0.0


@pytest.mark.django_db
def test_rest_reads_are_counted_by_address_and_say_when_to_try_again(
    client: Client, store: Store, shared: Redis, settings: Settings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    answers = [client.get(f"/api/v1/chat/stores/{store.public_key}/config") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 50 <= int(answers[2].headers["Retry-After"]) <= 60
    elsewhere = client.get(f"/api/v1/chat/stores/{store.public_key}/config", REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_rest_reads_are_answered_and_counted_while_redis_is_away(
    client: Client, store: Store, shared: Redis, settings: Settings, how: str
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    getattr(shared, how)()
    began = time.monotonic()
    answers = [client.get(f"/api/v1/chat/stores/{store.public_key}/config") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert time.monotonic() - began < 3
    shared.thaw()


@pytest.mark.django_db
def test_tries_of_a_login_are_limited_also_while_redis_is_away(client: Client, shared: Redis, owner: User) -> None:
    form = {"login": owner.email, "password": "wrong"}
    pages = [client.post("/accounts/login/", form, REMOTE_ADDR="203.0.113.9") for _ in range(3)]
    shared.kill()
    pages += [client.post("/accounts/login/", form, REMOTE_ADDR="203.0.113.9") for _ in range(12)]
    assert {page.status_code for page in pages} <= {200, 429}
    assert "Too many failed login attempts" in pages[-1].content.decode() or pages[-1].status_code == 429
    right = client.post(
        "/accounts/login/", {"login": "other@example.com", "password": "x"}, REMOTE_ADDR="203.0.113.77"
    )
    assert right.status_code == 200


@pytest.fixture
def fresh_counts() -> Iterator[None]:
    """Other tests sign in from the same address."""
    caches["default"].clear()
    yield
    caches["default"].clear()


@pytest.mark.django_db
def test_a_refusal_always_says_when_to_try_again(client: Client, owner: User, fresh_counts: None) -> None:
    form = {"email": owner.email, "password": "wrong"}
    for _ in range(40):
        answer = client.post("/_allauth/app/v1/auth/login", form, content_type="application/json")
        if answer.status_code == 429:
            break
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")

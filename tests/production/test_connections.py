"""How many connections a web process holds under a crowd, and what becomes of pages when all of them are ended."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
from django.conf import settings

from tests.production.shopper import page, public_key
from tests.services.mariadb import NAME
from tests.stack import Stack

pytestmark = pytest.mark.xdist_group("production")

PAGES = ("/demo/", "/accounts/login/", "/admin/login/", "/healthz")
PER_WEB = settings.DATABASE_THREADS + settings.WEB_THREADS + 1  # which reads the rules of search


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    return public_key(stack)


def _connections(stack: Stack) -> list[int]:
    """Ids of all connections to the installation's database."""
    with stack.mariadb.connect() as admin:
        cursor = admin.cursor()
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", [NAME])
        return [number for (number,) in cursor.fetchall()]


def _end_all_connections(stack: Stack) -> None:
    with stack.mariadb.connect() as admin:
        for number in _connections(stack):
            admin.cursor().execute(f"KILL CONNECTION {number}")


async def _crowd(stack: Stack, key: str) -> None:
    """At one web process: 300 requests, 50 at a time, while 100 shoppers ask something."""
    web = stack.webs[0]
    limit = asyncio.Semaphore(50)
    async with (
        AsyncExitStack() as open_pages,
        httpx.AsyncClient(base_url=web.url, timeout=30, follow_redirects=True) as client,
    ):
        paths = (*PAGES, f"/api/v1/chat/stores/{key}/config")

        async def get(number: int) -> int:
            async with limit:
                return (await client.get(paths[number % len(paths)])).status_code

        requests = asyncio.gather(*(get(number) for number in range(300)))
        shoppers = [await open_pages.enter_async_context(page(web, key)) for _ in range(100)]
        await asyncio.gather(*(shopper.answer("jackets") for shopper in shoppers))
        assert set(await requests) == {200}


async def test_a_crowd_shares_a_fixed_number_of_connections(stack: Stack, key: str) -> None:
    before = len(await asyncio.to_thread(_connections, stack))
    await _crowd(stack, key)
    after = len(await asyncio.to_thread(_connections, stack))
    assert after - before <= PER_WEB


async def test_pages_and_turns_do_not_notice_that_every_connection_was_ended(stack: Stack, key: str) -> None:
    async with (
        httpx.AsyncClient(base_url=stack.webs[0].url, follow_redirects=True) as client,
        page(stack.webs[0], key) as shopper,
    ):
        for _ in range(3):
            await asyncio.to_thread(_end_all_connections, stack)
            assert {(await client.get(path)).status_code for path in PAGES * 3} == {200}
            await shopper.answer("jackets")

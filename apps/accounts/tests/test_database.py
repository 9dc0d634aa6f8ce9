"""The database pool: the loop stays free, connections stay open, errors come through."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from django.db import connection

from apps.accounts.database import in_database
from apps.accounts.models import Store

pytestmark = pytest.mark.django_db(transaction=True)


async def test_work_runs_on_the_pool_and_sees_what_others_committed() -> None:
    def work(name: str, *, currency: str) -> tuple[str, str]:
        Store.objects.create(name=name, currency=currency)
        return threading.current_thread().name, Store.objects.get(name=name).currency

    thread, currency = await in_database(work)("Pool Shop", currency="EUR")
    assert thread.startswith("database")
    assert currency == "EUR"
    assert await in_database(Store.objects.filter(name="Pool Shop").exists)()


async def test_a_thread_keeps_its_connection() -> None:
    def which() -> tuple[int, int]:
        connection.ensure_connection()
        return threading.get_ident(), id(connection.connection)

    seen: dict[int, set[int]] = {}
    for _ in range(20):
        thread, made = await in_database(which)()
        seen.setdefault(thread, set()).add(made)
    assert all(len(connections) == 1 for connections in seen.values())


async def test_the_loop_goes_on_while_the_database_works() -> None:
    ticks = 0
    work = asyncio.ensure_future(in_database(time.sleep)(0.2))
    while not work.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert ticks > 5


async def test_an_error_reaches_the_caller() -> None:
    with pytest.raises(Store.DoesNotExist):
        await in_database(Store.objects.get)(name="no such shop")

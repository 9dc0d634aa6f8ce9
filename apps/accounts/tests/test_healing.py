"""A lost connection, a deadlock, a database that is away: what the shopper's work feels of it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections, transaction

from apps.accounts import database
from apps.accounts.database import DatabaseAway, healed, in_database, on_threads
from apps.accounts.models import Store
from apps.accounts.tests.machine import PATIENCE_S
from apps.accounts.tests.mysql import Moment, kill, lose_connection, this_connection
from apps.accounts.tests.racing import at_once, failures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.mysql
async def test_a_connection_that_died_while_idle_is_not_noticed() -> None:
    before = {await in_database(this_connection)() for _ in range(12)}
    kill(*before)
    for _ in range(12):
        assert await in_database(Store.objects.count)() == 0
    assert before.isdisjoint({await in_database(this_connection)() for _ in range(12)})


def _checks_of_this_connection() -> int:
    """How often it was asked whether it lives."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Com_admin_commands'")
        return int(cursor.fetchone()[1])


@pytest.mark.mysql
async def test_a_connection_that_worked_a_moment_ago_is_not_asked_whether_it_lives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = ThreadPoolExecutor(1)
    asked = on_threads(pool, _checks_of_this_connection)
    monkeypatch.setattr(database, "_FRESH", 60.0)
    before = await asked()
    assert await asked() == before
    monkeypatch.setattr(database, "_FRESH", 0.0)
    assert await asked() == before + 1
    await on_threads(pool, connections.close_all)()
    pool.shutdown()


@pytest.mark.mysql
async def test_a_transaction_whose_connection_dies_in_the_middle_runs_again_as_a_whole() -> None:
    tries = 0

    @transaction.atomic
    def work() -> None:
        nonlocal tries
        tries += 1
        Store.objects.create(name="First")
        if tries == 1:
            kill(this_connection())
        Store.objects.create(name="Second")

    await in_database(work)()
    assert tries == 2
    assert sorted(await in_database(_names)()) == ["First", "Second"]


@pytest.mark.mysql
@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
async def test_a_commit_without_an_answer_is_made_sure_of(monkeypatch: pytest.MonkeyPatch, moment: Moment) -> None:
    def work() -> None:
        with transaction.atomic():
            Store.objects.get_or_create(public_key="pk_once", defaults={"name": "Once"})

    lose_connection(monkeypatch, moment)
    await in_database(work)()
    assert await in_database(_names)() == ["Once"]


@pytest.mark.mysql
async def test_a_database_that_is_away_is_told_at_once_and_served_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as away, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # not listening: connections are refused
        away.setitem(connection.settings_dict, "PORT", nobody.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(DatabaseAway) as caught:
            await in_database(_on_a_new_connection)()
        assert (caught.value.code, caught.value.retryable) == ("database_away", True)
        assert time.monotonic() - began < 5
    assert await in_database(_names)() == []


def test_two_transactions_in_each_others_way_both_get_through() -> None:
    """MariaDB ends one of them (1213) and it runs again; SQLite lets the second one wait from the start."""
    left, right = (Store.objects.create(name=name) for name in ("Left", "Right"))
    meet = threading.Barrier(2)
    tries = []

    def rename(first: Store, second: Store, name: str) -> None:
        tries.append(name)
        with transaction.atomic():
            Store.objects.filter(pk=first.pk).update(name=name)
            if connection.vendor == "mysql" and len(tries) <= 2:
                meet.wait(PATIENCE_S)
            Store.objects.filter(pk=second.pk).update(name=name)

    rename = healed(rename)
    assert not failures(at_once(lambda: rename(left, right, "A"), lambda: rename(right, left, "B")))
    assert len(tries) == (3 if connection.vendor == "mysql" else 2)
    assert len(set(_names())) == 1


def test_who_never_gets_a_lock_is_told_that_the_database_is_busy() -> None:
    tries = 0

    def work() -> None:
        nonlocal tries
        tries += 1
        raise OperationalError(1213, "Deadlock found when trying to get lock; try restarting transaction")

    with pytest.raises(DatabaseAway, match="database_busy"):
        healed(work)()
    assert tries == 6


def test_one_layer_repeats_not_each() -> None:
    tries = 0

    def work() -> None:
        nonlocal tries
        tries += 1
        raise OperationalError(2013, "Lost connection to server during query")

    with pytest.raises(DatabaseAway):
        healed(healed(work))()
    assert tries == 2
    with pytest.raises(OperationalError, match="2013"), transaction.atomic():
        healed(work)()
    assert tries == 3


def test_what_the_database_refuses_is_not_tried_again() -> None:
    tries = 0

    def work() -> None:
        nonlocal tries
        tries += 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM nowhere")

    with pytest.raises(Exception, match="nowhere"):
        healed(work)()
    assert tries == 1


async def test_every_thread_of_the_pool_heals_by_itself() -> None:
    """Errors of one piece of work do not reach the next."""

    def broken() -> None:
        raise OperationalError(2006, "Server has gone away")

    done = await asyncio.gather(*(in_database(broken)() for _ in range(8)), return_exceptions=True)
    assert all(isinstance(error, DatabaseAway) for error in done)
    assert await asyncio.gather(*(in_database(Store.objects.count)() for _ in range(8))) == [0] * 8


def _names() -> list[str]:
    return list(Store.objects.values_list("name", flat=True))


def _on_a_new_connection() -> list[str]:
    connection.close()
    return _names()

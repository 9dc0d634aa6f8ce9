"""A MariaDB that hangs instead of answering: who asks it learns so, and is not held for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError

from apps.accounts.database import trouble_of
from eaichat.databases import ANSWER_SECONDS, database
from eaichat.environment import Environment
from tests.services.mariadb import MariaDB

pytestmark = pytest.mark.django_db


def _wrapper(server: MariaDB, monkeypatch: pytest.MonkeyPatch, query: str = "") -> BaseDatabaseWrapper:
    """A connection as the settings make it for this server."""
    from eaichat.mysql.base import DatabaseWrapper  # not every machine has mysqlclient

    monkeypatch.setenv("DATABASE_URL", server.url + query)
    known = database(Environment(Path("no such file")), var=Path())
    return DatabaseWrapper({**connections["default"].settings_dict, **known})


@pytest.fixture
def impatient(own_mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseDatabaseWrapper]:
    """One that waits for a second."""
    wrapper = _wrapper(own_mariadb, monkeypatch, "?read_timeout=1&write_timeout=1")
    wrapper.inc_thread_sharing()
    yield wrapper
    wrapper.close()


def test_a_server_that_hangs_counts_as_away(impatient: BaseDatabaseWrapper, own_mariadb: MariaDB) -> None:
    with impatient.cursor() as cursor:
        cursor.execute("SELECT 1")
        own_mariadb.freeze()
        time.sleep(0.2)
        began = time.monotonic()
        with pytest.raises(OperationalError) as caught:
            cursor.execute("SELECT 1")
    assert trouble_of(caught.value) == "database_away"
    assert time.monotonic() - began < ANSWER_SECONDS


def test_nobody_waits_for_ever_and_the_clock_of_all_is_the_same(
    mariadb: MariaDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = _wrapper(mariadb, monkeypatch)
    options = wrapper.settings_dict["OPTIONS"]
    assert options["read_timeout"] == options["write_timeout"] == ANSWER_SECONDS
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT @@session.time_zone, @@session.innodb_lock_wait_timeout")
        assert cursor.fetchone() == ("+00:00", 10)
    wrapper.close()


def test_a_migration_takes_as_long_as_it_needs(
    own_mariadb: MariaDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else holds its table for longer than anybody but a migration would wait."""

    def migrate(name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", "migrate", "--verbosity=0", "contenttypes", name],
            cwd=settings.BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": own_mariadb.url + "?read_timeout=1",
                "EAICHAT_VAR": str(tmp_path / "var"),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert migrate("0001").returncode == 0
    holder = _wrapper(own_mariadb, monkeypatch)
    with holder.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        cursor.execute("LOCK TABLES django_content_type WRITE")
        migrating = pool.submit(migrate, "0002")
        while not (migrating.done() or _somebody_waits(own_mariadb)):
            time.sleep(0.1)
        time.sleep(2)
        cursor.execute("UNLOCK TABLES")
        done = migrating.result()
    holder.close()
    assert done.returncode == 0, done.stderr


def _somebody_waits(server: MariaDB) -> bool:
    with server.connect() as admin:
        cursor = admin.cursor()
        cursor.execute("SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE '%metadata lock%'")
        return bool(cursor.fetchone()[0])


def _asked() -> int:
    """How many statements this connection has sent so far, this question included."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Questions'")
        return int(cursor.fetchone()[1])


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_a_transaction_costs_two_statements_more_than_what_is_in_it() -> None:
    before = _asked()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert _asked() - before - 1 == 3


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_wrote_before_it_failed_is_not_there() -> None:
    with connection.cursor() as cursor:

        @transaction.atomic
        def fail() -> None:
            cursor.execute("INSERT INTO kept VALUES (2)")
            raise ZeroDivisionError

        cursor.execute("CREATE TEMPORARY TABLE kept (number INTEGER)")
        cursor.execute("INSERT INTO kept VALUES (1)")  # outside a transaction: for good at once
        with pytest.raises(ZeroDivisionError):
            fail()
        cursor.execute("SELECT number FROM kept")
        assert cursor.fetchall() == ((1,),)
        cursor.execute("DROP TEMPORARY TABLE kept")

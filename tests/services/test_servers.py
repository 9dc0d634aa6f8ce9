"""The servers that the other tests lean on: what is committed to them stays, also over a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
import redis

from tests.installation import ROOT
from tests.services import suite
from tests.services.mariadb import NAME, MariaDB
from tests.services.redis import Redis
from tests.services.server import ServiceMissing


def rows(server: MariaDB, sql: str) -> list[tuple[object, ...]]:
    connection = server.connect(database=NAME)
    with connection, connection.cursor() as cursor:
        cursor.execute(sql)
        connection.commit()
        return list(cursor.fetchall())


def test_a_killed_mariadb_comes_back_at_its_port_with_its_rows(own_mariadb: MariaDB) -> None:
    rows(own_mariadb, "CREATE TABLE kept (word VARCHAR(10))")
    rows(own_mariadb, "INSERT INTO kept VALUES ('🐟')")
    own_mariadb.kill()
    assert not own_mariadb.answers()
    own_mariadb.start()
    assert rows(own_mariadb, "SELECT word FROM kept") == [("🐟",)]


def test_a_first_start_that_was_broken_off_is_made_up_for(mariadb: MariaDB, tmp_path: Path) -> None:
    broken = tmp_path / "mariadb-install-db"
    broken.write_text('#!/bin/sh\nmkdir "${2#*=}"; exit 130\n')
    broken.chmod(0o755)
    server = MariaDB(tmp_path / "mariadb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        with pytest.raises(RuntimeError, match="mariadb-install-db ended with 130"):
            server.start()
    server.start()
    server.kill()


def test_without_mysqlclient_mariadb_counts_as_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "MySQLdb", None)
    with pytest.raises(ServiceMissing, match="libmariadb-dev"):
        MariaDB(tmp_path).command()


def test_a_frozen_redis_keeps_its_clients_waiting_until_it_is_thawed(own_redis: Redis) -> None:
    client = redis.Redis.from_url(own_redis.url, socket_timeout=1)
    assert client.set("word", "fish")
    own_redis.freeze()
    with pytest.raises(redis.TimeoutError):
        client.get("word")
    own_redis.thaw()
    assert client.get("word") == b"fish"


def test_make_services_prints_the_addresses_and_ends_with_ctrl_c(
    mariadb: MariaDB, redis_server: Redis, temporal_program: Path, tmp_path: Path
) -> None:
    """The fixtures are named so that the case is skipped, or fails under CI, where the programs are missing."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.services"],
        cwd=ROOT,
        env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(Path.home()), "EAICHAT_VAR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=120)
    assert [line.partition("=")[0] for line in said] == ["DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS"]
    assert rest.endswith("Stopped.\n")
    assert process.returncode == 0


@pytest.mark.parametrize(("ci", "code", "outcome"), [("true", 1, "1 error"), ("", 0, "SKIPPED [1]")])
def test_a_missing_service_fails_under_ci_and_is_a_visible_skip_elsewhere(
    tmp_path: Path, ci: str, code: int, outcome: str
) -> None:
    environment = {**os.environ, "CI": ci, "PATH": str(tmp_path), "EAICHAT_VAR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-k", "frozen", "tests/services/test_servers.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert outcome in done.stdout
    assert "Redis is not installed. On Debian or Ubuntu: sudo apt install redis-server" in done.stdout


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_second_run_without_its_server_says_so_and_fails_under_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, code: int
) -> None:
    def nowhere(server: MariaDB) -> NoReturn:
        raise ServiceMissing("MariaDB is not installed.")

    monkeypatch.setattr(MariaDB, "start", nowhere)
    monkeypatch.setenv("CI", ci)
    assert suite.main([]) == code
    assert capsys.readouterr().err == "The second run, on MariaDB, is left out: MariaDB is not installed.\n"

"""The servers of production for every room's tests (a pytest plugin, named in /conftest.py)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from django.conf import settings

from apps.accounts.tests.machine import missing
from eaichat.management.temporal_binary import find
from tests.services.mariadb import MariaDB
from tests.services.redis import Redis
from tests.services.server import LocalServer, ServiceMissing
from tests.services.temporal import Temporal

Server = TypeVar("Server", bound=LocalServer)


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
    except ServiceMissing as error:
        missing(str(error))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A running MariaDB, one for all tests: make a database of your own on it. Do not kill it."""
    with _running(MariaDB(tmp_path_factory.mktemp("mariadb"))) as server:
        yield server


@pytest.fixture
def own_mariadb(tmp_path: Path) -> Iterator[MariaDB]:
    """A running MariaDB that the test may kill and start again."""
    with _running(MariaDB(tmp_path / "mariadb")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A running Redis, one for all tests. Do not kill it."""
    with _running(Redis(tmp_path_factory.mktemp("redis"))) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    """A running Redis that the test may kill, freeze and start again."""
    with _running(Redis(tmp_path / "redis")) as server:
        yield server


@pytest.fixture(scope="session")
def temporal_program() -> Iterator[Path]:
    """The Temporal CLI of this machine. `manage.py fetch_temporal`, which `make test` calls, provides it."""
    program = asyncio.run(find(settings.CACHE_DIR))
    if program is None:
        missing("No Temporal program here: run `manage.py fetch_temporal` first.")
    yield program
    time.sleep(0.2)  # the SDK's threads must be quiet before the interpreter ends


@pytest.fixture(scope="session")
def temporal(temporal_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Temporal]:
    """A running Temporal, one for all tests: use workflow ids and task queues of your own. Do not kill it."""
    server = Temporal(tmp_path_factory.mktemp("temporal"), program=temporal_program)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_temporal(temporal_program: Path, tmp_path: Path) -> Iterator[Temporal]:
    """A Temporal that was not started yet, for tests that kill it."""
    server = Temporal(tmp_path, program=temporal_program)
    yield server
    server.kill()

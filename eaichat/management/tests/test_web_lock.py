"""Two web processes on one database: together only with Redis, whoever starts first; never stuck after a crash."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.services.mariadb import MariaDB

REDIS = "redis://127.0.0.1:9/0"  # only whether it is set counts here
_HOLD = """
import django; django.setup()
from eaichat.management.installation import InstallationError
from eaichat.management.web_lock import WebLock
try:
    with WebLock():
        print("serving", flush=True)
        input()
except InstallationError as error:
    print(error, flush=True)
"""

Start = Callable[[str], "Web"]


class Web:
    def __init__(self, database: str, var: Path, redis: str) -> None:
        environment = {"DATABASE_URL": database, "EAICHAT_VAR": str(var), "REDIS_URL": redis}
        self.process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-c", _HOLD],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "eaichat.settings", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline().strip()

    @property
    def serves(self) -> bool:
        return self.said == "serving"

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(params=["sqlite", "mariadb"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    database = ""
    if request.param == "mariadb":
        mariadb: MariaDB = request.getfixturevalue("mariadb")
        database = mariadb.url
    started: list[Web] = []

    def begin(redis: str) -> Web:
        started.append(Web(database, tmp_path, redis))
        return started[-1]

    yield begin
    for web in started:
        web.kill()


def test_two_without_redis_are_one_too_many_and_a_killed_one_does_not_count(start: Start) -> None:
    first, second = start(""), start("")
    assert first.serves
    assert "this one has no REDIS_URL" in second.said
    first.kill()
    assert start("").serves


def test_with_redis_there_may_be_several(start: Start) -> None:
    assert start(REDIS).serves
    assert start(REDIS).serves


def test_one_without_redis_does_not_join_those_with_it(start: Start) -> None:
    assert start(REDIS).serves
    assert "this one has no REDIS_URL" in start("").said


def test_one_with_redis_does_not_join_one_without(start: Start) -> None:
    assert start("").serves
    assert "it has no REDIS_URL" in start(REDIS).said

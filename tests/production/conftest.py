"""One production installation for all of these tests: what a test kills it starts again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apps.accounts.tests.machine import missing
from tests.services.server import ServiceMissing
from tests.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """MariaDB, Redis, Temporal, the index host, two web processes, a worker; the demo store is filled."""
    running = Stack(tmp_path_factory.mktemp("stack"))
    try:
        with running:
            yield running
    except ServiceMissing as error:
        missing(str(error))

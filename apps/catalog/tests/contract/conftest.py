"""Every index that passes the one suite: Qdrant Edge through the host's socket and in this process, and
qdrant-client, whose local mode stands in for a server: the same client, the same models of filters and queries.

Where QDRANT_URL names a server, as in CI, that one too."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from qdrant_client import QdrantClient

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.adapters.edge import EdgeBackend
from apps.catalog.engine.adapters.server import ServerBackend
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.tests.contract.samples import POINTS, spec

_INDEXES = ["edge host", "edge", "qdrant-client", *(["server"] if settings.QDRANT_URL else [])]


@pytest.fixture(scope="module", params=_INDEXES)
def backend(
    request: pytest.FixtureRequest, index_host: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VectorBackend]:
    made: VectorBackend
    if request.param == "edge host":
        made = HostClient(index_host)
    elif request.param == "edge":
        made = EdgeBackend(tmp_path_factory.mktemp("edge"))
    elif request.param == "server":
        made = ServerBackend.connect(url=settings.QDRANT_URL, api_key=settings.QDRANT_API_KEY)
    else:
        local = QdrantClient(":memory:")
        made = ServerBackend(reader=local, writer=local)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shop(backend: VectorBackend) -> Iterator[str]:
    """A collection with POINTS that a test only reads."""
    with _filled(backend) as name:
        yield name


@pytest.fixture
def fresh(backend: VectorBackend) -> Iterator[str]:
    """A collection with POINTS that a test may change."""
    with _filled(backend) as name:
        yield name


@contextmanager
def _filled(backend: VectorBackend) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex}"
    with warnings.catch_warnings():
        # The local mode says that it has no payload indexes; a server has them.
        warnings.filterwarnings("ignore", message="Payload indexes have no effect")
        backend.ensure(spec(name))
        backend.upsert(name, POINTS)
    try:
        yield name
    finally:
        backend.drop(name)

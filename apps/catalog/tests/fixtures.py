"""The `catalog` fixture: a real Catalog, over a real index host, with the real model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.engine.models.fetch import TEXT_SOURCES, fetch_model
from apps.catalog.engine.models.installed import MINILM, load_embedder


@pytest.fixture(scope="session")
def embeddings() -> EmbeddingService:
    """MiniLM, fetched when it is not in the cache."""
    models = runtime.models_dir()
    fetch_model(models=models, name=MINILM, sources=TEXT_SOURCES, progress=lambda done, total: None)
    return EmbeddingService(lambda: load_embedder(models, MINILM))


@pytest.fixture(scope="session")
def index_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The directory of an index host that runs for the whole session; unique stores keep tests apart."""
    directory = tmp_path_factory.mktemp("index")
    host = HostProcess(directory)
    host.start()
    yield directory
    host.stop()


@pytest.fixture(scope="session")
def other_index_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A second one, for catalogues of another model: in one index the two would make it anew in turns."""
    directory = tmp_path_factory.mktemp("other-index")
    host = HostProcess(directory)
    host.start()
    yield directory
    host.stop()


@pytest.fixture(scope="session")
def session_catalog(embeddings: EmbeddingService, index_host: Path) -> Catalog:
    return Catalog(embeddings=embeddings, backend=HostClient(index_host))


@pytest.fixture
def catalog(session_catalog: Catalog) -> Iterator[Catalog]:
    """What `apps.catalog.runtime.catalog()` returns while the test runs. Its index is empty for a new store."""
    runtime.install(session_catalog)
    yield session_catalog
    runtime.install(None)

"""One worker that syncs a store twice, as `python -m benchmarks.sync.whole_sync INDEX`: its memory is its own.

The environment names its data, the platform (`PUBLIC_URL`) and the Temporal server. It prints a line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import django

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.embedding.cache import VectorCache
from apps.catalog.engine.models.installed import MINILM, model_directory
from benchmarks.search.first_index import CountingClient, CountingEmbedder
from benchmarks.search.icecat import models

if TYPE_CHECKING:
    from apps.connectors.models import ConnectorConfig


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from apps.catalog.runtime import install, vectors_file

    call_command("migrate", verbosity=0)
    embedder = CountingEmbedder(name=MINILM, directory=model_directory(models(), MINILM))
    client = CountingClient(Path(sys.argv[1]))
    cache = VectorCache(vectors_file(), most_bytes=1_000_000_000)
    install(Catalog(embeddings=EmbeddingService(lambda: embedder, cache=cache), backend=client))
    empty, whole = _connector(f"{settings.PUBLIC_URL}/empty"), _connector(settings.PUBLIC_URL)
    found = asyncio.run(_synced(empty, whole, embedder, client))
    found["differences"] = _differences(whole)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps(found))


async def _synced(
    empty: ConnectorConfig, whole: ConnectorConfig, embedder: CountingEmbedder, client: CountingClient
) -> dict[str, float]:
    from django.conf import settings

    from eaichat.management.worker import run_worker

    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(stop=stop, address=lambda: settings.TEMPORAL_ADDRESS))
    try:
        await _sync(empty)  # a worker that has just started loads its workflows first
        first = await _sync(whole)
        embedder.embedded = client.written = 0
        again = await _sync(whole)
    finally:
        stop.set()
        await worker
    return {"first": first, "again": again, "embedded": embedder.embedded, "written": client.written}


async def _sync(connector: ConnectorConfig) -> float:
    """Seconds from the request to the end of the run."""
    from apps.accounts.database import in_database
    from apps.connectors import services
    from apps.connectors.models import SyncRun

    began = time.perf_counter()
    run = await in_database(services.request_sync)(connector=connector, actor=None)
    while run.is_open:
        await asyncio.sleep(0.02)
        run = await SyncRun.objects.aget(pk=run.pk)
    assert run.state == SyncRun.State.SUCCEEDED, run.error_text
    return time.perf_counter() - began


def _connector(address: str) -> ConnectorConfig:
    """The only one of a store of its own."""
    from apps.accounts.models import Store
    from apps.connectors import services
    from apps.connectors.platforms.fakestore import FakeStoreConnector

    settings = FakeStoreConnector.Settings(base_url=address)
    store = Store.objects.create(name="Bench")
    return services.add_connector(store=store, actor=None, platform="fakestore", name="Bench", settings=settings)


def _differences(connector: ConnectorConfig) -> int:
    from apps.connectors.proof import compare

    return compare(connector).differences


if __name__ == "__main__":
    main()

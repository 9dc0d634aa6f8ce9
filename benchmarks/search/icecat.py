"""The Icecat catalogue, and one embedded index of it behind a host process that the parts of a run share."""

from __future__ import annotations

import atexit
import os
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.embedding.cache import VectorCache
from apps.catalog.engine.evaluation.interchange import read_products
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.engine.models.fetch import TEXT_SOURCES, fetch_model
from apps.catalog.engine.models.installed import MINILM, load_embedder
from apps.catalog.product import Product

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "search" / "icecat"
STORE = "icecat"
_BATCH = 2_000
# The host optimises a copy in the background; it needs some seconds for it, and says nothing when it is done.
_OPTIMISED_S = 120.0


@dataclass(frozen=True)
class Indexed:
    """The catalogue in an index of its own, in the store `STORE`; `directory` is its host's."""

    products: list[Product]
    catalog: Catalog
    directory: Path


@cache
def products() -> list[Product]:
    return read_products(FOLDER / "products.jsonl.gz")


@cache
def indexed() -> Indexed:
    """Made once in a run. Vectors that an earlier run embedded are read from the cache, not embedded again."""
    folder = tempfile.TemporaryDirectory(prefix="bench-icecat-")
    directory = Path(folder.name) / "index"
    host = HostProcess(directory)
    host.start()
    atexit.register(folder.cleanup)
    atexit.register(host.stop)  # called first: the last registered one is
    catalog = Catalog(embeddings=embeddings(), backend=HostClient(directory))
    print(f"Indexing {len(products())} products (vectors that are known already are not embedded) ...", flush=True)
    began = time.monotonic()
    for start in range(0, len(products()), _BATCH):
        catalog.index(store_id=STORE, products=products()[start : start + _BATCH], sync_run="bench")
    _wait_for_optimiser(directory)
    print(f"... took {time.monotonic() - began:.0f} s", flush=True)
    return Indexed(products(), catalog, directory)


def models() -> Path:
    """The models' folder, with the text model in it."""
    cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("EAICHAT_CACHE") or Path(cache_home) / "eaichat") / "models"
    fetch_model(models=folder, name=MINILM, sources=TEXT_SOURCES, progress=lambda done, total: None)
    return folder


def embeddings() -> EmbeddingService:
    """The text model over a cache that outlives the run: for figures that do not measure the embedding."""
    folder = models()
    cache = VectorCache(folder.parent / "bench" / "vectors.sqlite3", most_bytes=1_000_000_000)
    return EmbeddingService(lambda: load_embedder(folder, MINILM), cache=cache)


def _wait_for_optimiser(directory: Path) -> None:
    """Returns when an optimised copy has taken the first shard's place and no other is being made."""
    deadline = time.monotonic() + _OPTIMISED_S
    collection = next(path for path in directory.rglob("current") if path.parent.name.startswith("products"))
    while time.monotonic() < deadline:
        generations = [path for path in collection.parent.iterdir() if path.is_dir()]
        if len(generations) == 1 and collection.read_text().strip() != "1":
            return
        time.sleep(0.5)
    raise TimeoutError(f"The index was not optimised within {_OPTIMISED_S:.0f} s.")

"""One process that indexes, as `python -m benchmarks.search.first_index`: so that its memory is its own.

It prints a line of JSON: seconds and peak memory, and of our own indexing what the same products cost again.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, FastEmbedder, Vectors, to_bytes
from apps.catalog.engine.embedding.cache import VectorCache
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.models.installed import MINILM, model_directory
from apps.catalog.engine.payload import point_id
from apps.catalog.engine.records import Point
from apps.catalog.product import Product
from benchmarks.search.icecat import models

_BARE_BATCH = 32


class CountingEmbedder(FastEmbedder):
    embedded = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return super().embed(texts)


class CountingClient(HostClient):
    written = 0

    def upsert(self, name: str, points: Sequence[Point]) -> None:
        self.written += len(points)
        super().upsert(name, points)


def main() -> None:
    way, index, file, cache, store = sys.argv[1:]
    embedder = CountingEmbedder(name=MINILM, directory=model_directory(models(), MINILM))
    client = CountingClient(Path(index))
    service = EmbeddingService(lambda: embedder, cache=VectorCache(Path(cache), most_bytes=1_000_000_000))
    catalog = Catalog(embeddings=service, backend=client)
    catalog.vectors.active()
    found = _ours(catalog, Path(file), store) if way == "ours" else _bare(catalog, Path(file), store)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps(found))


def _ours(catalog: Catalog, file: Path, store: str) -> dict[str, float]:
    embedder, client = catalog.embeddings.embedder, catalog.vectors.backend
    assert isinstance(embedder, CountingEmbedder)
    assert isinstance(client, CountingClient)
    began = time.perf_counter()
    report = catalog.index(store_id=store, products=_read(file), sync_run="first")
    first = time.perf_counter() - began
    assert not report.rejected, report.rejected[:3]
    embedder.embedded, client.written = 0, 0
    began = time.perf_counter()
    again = catalog.index(store_id=store, products=_read(file), sync_run="again")
    seconds = time.perf_counter() - began
    assert again.unchanged == report.indexed, again
    return {"seconds": first, "again": seconds, "embedded": embedder.embedded, "written": client.written}


def _bare(catalog: Catalog, file: Path, store: str) -> dict[str, float]:
    """What one writes first: texts in source order, 32 at a time, a vector and an id each."""
    from fastembed import TextEmbedding

    model = TextEmbedding(
        MINILM, specific_model_path=str(model_directory(models(), MINILM)), local_files_only=True
    )
    name = catalog.vectors.active()
    began = time.perf_counter()
    products = _read(file)
    while batch := list(islice(products, _BARE_BATCH)):
        vectors = model.embed([product.embedding_text() for product in batch], batch_size=_BARE_BATCH)
        points = [
            Point(
                id=point_id(store, product.product_id),
                dense=to_bytes(np.asarray(vector, dtype=np.float32)),
                payload={"store_id": store, "product_id": product.product_id},
            )
            for product, vector in zip(batch, vectors, strict=True)
        ]
        catalog.vectors.backend.upsert(name, points)
    return {"seconds": time.perf_counter() - began}


def _read(file: Path) -> Iterator[Product]:
    with file.open() as lines:
        for line in lines:
            yield Product.model_validate_json(line)


if __name__ == "__main__":
    main()

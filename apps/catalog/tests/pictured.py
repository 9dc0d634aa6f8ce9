"""A store whose mugs have pictures, and a model that sees colours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.accounts.models import Store
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.images.fetching import PictureFetcher
from apps.catalog.engine.models.installed import load_image_embedder
from apps.catalog.product import Product
from apps.catalog.tests.picture_server import PictureServer, encoded
from apps.catalog.tests.tiny_clip import tiny_clip


@contextmanager
def pictured_mugs(store: Store, *, host: Path, directory: Path) -> Iterator[Catalog]:
    """`store` sells a red mug for 5 and a blue one for 50; `runtime.catalog()` has the model meanwhile."""
    vision, text = tiny_clip(directory / "clip")
    server = PictureServer()
    server.files = {"/red": encoded("red"), "/blue": encoded("blue")}
    catalog = Catalog(
        embeddings=EmbeddingService(
            HashingEmbedder, load_images=lambda: load_image_embedder(directory, str(vision), str(text))
        ),
        backend=HostClient(host),
        fetcher=PictureFetcher(trusted=frozenset({("127.0.0.1", server.port)})),
    )
    mugs = [
        Product(product_id=colour, title=f"{colour} mug", price=price, image_url=server.url(f"/{colour}"))
        for colour, price in (("red", 5.0), ("blue", 50.0))
    ]
    assert catalog.index(store_id=str(store.pk), products=mugs, sync_run="1").problems == []
    runtime.install(catalog)
    try:
        yield catalog
    finally:
        runtime.install(None)
        server.close()

"""Two cushions with pictures for the demo store; run inside the installation by `Installation.ask`."""

from __future__ import annotations

from apps.accounts.models import Store
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.images.fetching import PictureFetcher
from apps.catalog.engine.payload import point_id
from apps.catalog.product import Product


def fill(port: int) -> list[str]:
    """Index them with the pictures that a server of the test has on `port`; returns what went wrong."""
    catalog = Catalog(
        embeddings=runtime.embeddings(),
        backend=runtime.catalog().vectors.backend,
        fetcher=PictureFetcher(trusted=frozenset({("127.0.0.1", port)})),
    )
    cushions = [
        Product(
            product_id=f"cushion-{colour}",
            title=f"{colour.title()} Linen Cushion",
            price=price,
            image_url=f"http://127.0.0.1:{port}/{colour}",
            url="/demo/",
        )
        for colour, price in (("red", 24.0), ("blue", 68.0))
    ]
    store_id = str(Store.objects.get(is_demo=True).pk)
    problems = catalog.index(store_id=store_id, products=cushions, sync_run="photos").problems
    # The storefront's own policy lets a browser load no picture from the test's server.
    ids = [point_id(store_id, cushion.product_id) for cushion in cushions]
    catalog.vectors.set_payload(store_id=store_id, ids=ids, payload={"image_url": "/static/img/mark.svg"})
    return problems

"""Products into the index: only what changed is embedded, and only what changed is written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from apps.catalog.engine.embedding import EmbeddingService, to_bytes
from apps.catalog.engine.payload import point_id, refreshed, text_hash, to_payload, to_product
from apps.catalog.engine.queries import IndexReport
from apps.catalog.engine.records import Differs, Equals, Payload, Point, Where
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.words.lexical import document_vector
from apps.catalog.product import Product

_BATCH = 256
_T = TypeVar("_T")


class Indexer:
    """Writes products of a store and takes them out again."""

    def __init__(self, *, embeddings: EmbeddingService, vectors: VectorService) -> None:
        self._embeddings = embeddings
        self._vectors = vectors

    def index(self, *, store_id: str, products: Sequence[Product], sync_run: str) -> IndexReport:
        """Writes what is new or changed; every product that came is marked with `sync_run`.

        Of a product id that comes twice the later one counts. What is written stays when a later batch fails.
        """
        report = IndexReport(seen=len(products))
        accepted: dict[str, Product] = {}
        for product in products:
            reason = _refusal(product)
            if reason:
                report.rejected.append(f"{product.product_id}: {reason}")
            else:
                accepted[product.product_id] = product
        for batch in _batches(accepted.values()):
            self._index_batch(store_id, batch, sync_run, report)
        return report

    def _index_batch(self, store_id: str, products: list[Product], sync_run: str, report: IndexReport) -> None:
        ids = {point_id(store_id, product.product_id): product for product in products}
        known = self._vectors.retrieve(
            store_id=store_id, ids=list(ids), fields=["content_hash", "text_hash"], patient=True
        )
        unchanged: list[str] = []
        to_embed: list[tuple[str, Product]] = []
        for id_, product in ids.items():
            before = known.get(id_, {})
            if before.get("content_hash") == product.content_hash():
                unchanged.append(id_)
            elif before.get("text_hash") == text_hash(product):
                # The same words, so the same vectors: a new price, stock level or picture.
                payload = to_payload(product, store_id=store_id, sync_run=sync_run)
                self._vectors.replace_payload(id_=id_, payload=payload)
                report.indexed += 1
            else:
                to_embed.append((id_, product))
        if to_embed:
            payloads = [to_payload(product, store_id=store_id, sync_run=sync_run) for _, product in to_embed]
            self._vectors.upsert(list(self._points([id_ for id_, _ in to_embed], payloads)))
            report.indexed += len(to_embed)
        if unchanged:
            self._vectors.set_payload(ids=unchanged, payload={"sync_run": sync_run})
            report.unchanged += len(unchanged)

    def remove_stale(self, *, store_id: str, connector_id: str, sync_run: str) -> int:
        where: Where = (Equals("connector_id", connector_id), Differs("sync_run", sync_run))
        return self._vectors.delete(store_id=store_id, where=where)

    def rebuild(self) -> None:
        """Embeds the whole index again with the model of this process, when another one made it."""
        self._vectors.take_over(self._copy)

    def _copy(self, old: str, new: str) -> None:
        for batch in _batches(self._vectors.pages(old, ())):
            ids = [id_ for id_, _ in batch]
            self._vectors.backend.upsert(
                new, list(self._points(ids, [refreshed(payload) for _, payload in batch]))
            )

    def _points(self, ids: Sequence[str], payloads: Sequence[Payload]) -> Iterator[Point]:
        products = [to_product(payload) for payload in payloads]
        vectors = self._embeddings.documents([product.embedding_text() for product in products])
        for id_, product, payload, vector in zip(ids, products, payloads, vectors, strict=True):
            sparse = document_vector(product)
            yield Point(id=id_, dense=to_bytes(vector), sparse=sparse, payload=payload)


def _refusal(product: Product) -> str:
    """Why a product cannot be indexed; empty when it can."""
    if not product.title.strip():
        return "it has no title"
    if product.price is not None and not math.isfinite(product.price):
        return "its price is not a number"
    return ""


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch

"""Products into the index: only what changed is embedded, and only what changed is written."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from apps.catalog.engine.acceptance import accepted
from apps.catalog.engine.embedding import EmbeddingService, to_bytes
from apps.catalog.engine.embedding.priority import give_way
from apps.catalog.engine.images.fetching import Fetcher
from apps.catalog.engine.images.settling import NO_PICTURE, PICTURE_FIELDS, PictureBook, Settled, picture_fields
from apps.catalog.engine.payload import point_id, refreshed, text_hash, to_payload, to_product
from apps.catalog.engine.queries import IndexReport
from apps.catalog.engine.records import Payload, Point
from apps.catalog.engine.vectors import VectorService
from apps.catalog.engine.walking import Progress
from apps.catalog.engine.words.lexical import document_vector
from apps.catalog.product import Product

# Products that are looked at together. The more, the more of them have texts of the same length, which are
# embedded faster; but what is under way when a process is killed is embedded again.
_WINDOW = 1_000
# Points of one write. While the host writes them, some 0.7 ms each, every search waits.
_WRITE = 8
_KNOWN = ("content_hash", "text_hash", "image_url", "written_by", "added_by", *PICTURE_FIELDS)
# A change of any other field changes one of these too.
_TELLING = ("content_hash", "text_hash", "written_by", *PICTURE_FIELDS)
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Indexer:
    """Writes products of a store and takes them out again."""

    def __init__(
        self, *, embeddings: EmbeddingService, vectors: VectorService, fetcher: Fetcher | None = None
    ) -> None:
        """`fetcher` brings the products' pictures; None: they get no vectors."""
        self._embeddings = embeddings
        self._vectors = vectors
        self._pictures = PictureBook(embeddings=embeddings, fetcher=fetcher)

    def index(self, *, store_id: str, products: Iterable[Product], sync_run: str) -> IndexReport:
        """Writes what is new or changed; every product that came is marked with `sync_run`.

        Of a product id that comes twice the later one counts. What is written stays when a later one fails.
        """
        report = IndexReport()
        with ThreadPoolExecutor(1, "index", initializer=give_way) as behind:
            for window in _batches(products, _WINDOW):
                ids = {point_id(store_id, key): product for key, product in accepted(window, report).items()}
                behind.submit(self._index_window, store_id, ids, sync_run, report).result()
        if report.problems:
            count, first = len(report.problems), report.problems[0]
            _log.warning("Store %s: %s pictures could not be had; the first: %s", store_id, count, first)
        return report

    def _index_window(self, store_id: str, ids: Mapping[str, Product], sync_run: str, report: IndexReport) -> None:
        known = self._vectors.retrieve(store_id=store_id, ids=list(ids), fields=_KNOWN, patient=True)
        other_words = {
            id_ for id_, product in ids.items() if known.get(id_, {}).get("text_hash") != text_hash(product)
        }
        pictures = self._pictures_of(ids, known, other_words)
        report.problems += [f"{ids[id_].product_id}: its picture: {why}" for id_, why in pictures.problems]
        new_vectors: dict[str, Product] = {}
        unchanged: list[str] = []
        written: list[str] = []
        for id_, product in ids.items():
            before = known.get(id_, {})
            if id_ in other_words or pictures.fields.get(id_, before).items() - before.items():
                new_vectors[id_] = product
            elif before["content_hash"] == product.content_hash():
                unchanged.append(id_)
            else:  # a new price or stock level
                kept = picture_fields(before) if before["image_url"] == product.image_url else NO_PICTURE
                for payload in _payloads({id_: product}, known, store_id, sync_run, report).values():
                    self._vectors.replace_payload(store_id=store_id, id_=id_, payload=payload | kept)
                    written.append(id_)
        payloads = _payloads(new_vectors, known, store_id, sync_run, report)
        new_vectors = {id_: new_vectors[id_] for id_ in payloads}
        for points in _batches(self._points(payloads, new_vectors, pictures), _WRITE):
            self._vectors.upsert(store_id=store_id, points=points)
        written += payloads
        if unchanged:
            self._vectors.set_payload(store_id=store_id, ids=unchanged, payload={"sync_run": sync_run})
        report.unchanged += len(unchanged)
        report.indexed += len(written)
        of_the_run = [*written, *(id_ for id_ in unchanged if known[id_].get("written_by") == sync_run)]
        added = sum(id_ not in known or known[id_].get("added_by") == sync_run for id_ in of_the_run)
        report.added += added
        report.changed += len(of_the_run) - added

    def _pictures_of(
        self, ids: Mapping[str, Product], known: Mapping[str, Payload], other_words: set[str]
    ) -> Settled:
        """Of the products that are written anew anyway, and of those whose picture was not looked at yet."""
        wanted = {
            id_: product.image_url
            for id_, product in ids.items()
            if id_ in other_words or self._pictures.is_due(product.image_url, known[id_])
        }
        return self._pictures.settle(wanted, known)

    def remove_stale(self, *, store_id: str, connector_id: str, sync_run: str) -> int:
        return self._vectors.delete_stale(store_id=store_id, connector_id=connector_id, sync_run=sync_run)

    def rebuild(self, *, always: bool = False, progress: Progress = lambda done, total: None) -> None:
        """Embeds the whole index again with the model of this process, when another one made it, or `always`."""
        self._vectors.take_over(self._copy, fields=_TELLING, always=always, progress=progress)

    def _copy(self, new: str, old: Mapping[str, Payload]) -> Iterator[int]:
        payloads = dict(_readable(old))
        products = {id_: to_product(payload) for id_, payload in payloads.items()}
        # Nothing is fetched now: what is not remembered gets its picture in the next sync.
        pictures = self._pictures.recalled(
            {id_: one.image_url for id_, one in products.items()}, {id_: old[id_] for id_ in products}
        )
        for points in _batches(self._points(payloads, products, pictures), _WRITE):
            self._vectors.backend.upsert(new, points)
            yield len(points)

    def _points(
        self, payloads: Mapping[str, Payload], products: Mapping[str, Product], pictures: Settled
    ) -> Iterator[Point]:
        vectors = self._embeddings.documents([product.embedding_text() for product in products.values()])
        for (id_, product), vector in zip(products.items(), vectors, strict=True):
            image = pictures.vectors.get(id_)
            yield Point(
                id=id_,
                dense=to_bytes(vector),
                sparse=document_vector(product, language=self._vectors.language),
                image=None if image is None else to_bytes(image),
                payload=payloads[id_] | pictures.fields.get(id_, NO_PICTURE),
            )


def _payloads(
    products: Mapping[str, Product],
    known: Mapping[str, Payload],
    store_id: str,
    sync_run: str,
    report: IndexReport,
) -> dict[str, Payload]:
    """By point id; what is `known` stays added by the run that added it.

    A product that the rules cannot read is rejected: it must not keep the others out.
    """
    payloads: dict[str, Payload] = {}
    for id_, product in products.items():
        try:
            payloads[id_] = to_payload(product, store_id=store_id, sync_run=sync_run)
        except Exception:
            _log.exception("Store %s: the product %s cannot be read", store_id, product.product_id)
            report.rejected.append(f"{product.product_id}: it cannot be read")
            continue
        if id_ in known:
            payloads[id_]["added_by"] = known[id_].get("added_by", "")
    return payloads


def _readable(old: Mapping[str, Payload]) -> Iterator[tuple[str, Payload]]:
    """The payloads in today's layout. One that is no product is left out, and the next sync brings it back."""
    for id_, payload in old.items():
        try:
            fresh = refreshed(payload)
        except Exception as error:
            _log.warning("The point %s is no product and is left out: %s", id_, error)
        else:
            yield id_, fresh


def _batches(items: Iterable[_T], size: int) -> Iterator[Sequence[_T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

"""A shopper's photo finds what looks like it. The photo is looked at, and forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from apps.catalog.engine.embedding import EmbeddingService, to_bytes
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.images.decoding import decode
from apps.catalog.engine.payload import to_product
from apps.catalog.engine.queries import Hit, SearchQuery
from apps.catalog.engine.records import Equals
from apps.catalog.engine.understanding.limits.registry import conditions_of
from apps.catalog.engine.vectors import VectorService

# The cosine of CLIP below which two pictures have no more in common than that both show something.
_ALIKE = 0.6
# Seconds that a shopper waits for the photos of others.
_PATIENCE = 3.0


class PhotoSearch:
    def __init__(self, *, embeddings: EmbeddingService, vectors: VectorService) -> None:
        self._embeddings = embeddings
        self._vectors = vectors

    def possible(self, *, store_id: str) -> bool:
        model = self._embeddings.image_model
        if model is None:
            return False
        return bool(self._vectors.first(store_id=store_id, where=(Equals("image_model", model),), limit=1))

    def find(self, *, store_id: str, photo: bytes, queries: Sequence[SearchQuery]) -> list[list[Hit]]:
        """For each query, the products within its limits whose pictures are most like the photo.

        The photo is looked at once, and the queries' texts are not asked.
        `CatalogError`: `bad_image` (nothing that can be looked at), `no_image_model` (nobody here can look),
        `busy` (too many look at once).
        """
        if self._embeddings.image_model is None:
            raise CatalogError("no_image_model", "This shop cannot be searched by picture.")
        vector = to_bytes(self._embeddings.photo(decode(photo, patience=_PATIENCE)))
        return [self._nearest(store_id, vector, query) for query in queries]

    def _nearest(self, store_id: str, vector: bytes, query: SearchQuery) -> list[Hit]:
        wanted = query.offset + query.limit
        matches = self._vectors.nearest(
            store_id=store_id,
            vector="image",
            query=vector,
            where=tuple(conditions_of(query)),
            limit=wanted,
        )
        alike = [match for match in matches if match.image is not None and match.image >= _ALIKE]
        return [
            Hit(product=to_product(match.payload), score=min(1.0, match.image or 0.0))
            for match in alike[query.offset : wanted]
        ]

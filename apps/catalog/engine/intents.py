"""The intents collection: example sentences, and which of them are near to what a shopper said."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence

from apps.catalog.engine.embedding import EmbeddingService, to_bytes
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.queries import IntentMatch
from apps.catalog.engine.records import Equals, FieldType, Payload, Point
from apps.catalog.engine.vectors import VectorService

INTENT_FIELDS: dict[str, FieldType] = {"store_id": "keyword", "intent": "keyword", "digest": "keyword"}
_NAMESPACE = uuid.UUID("2f0c1a4e-1d53-4c8b-8a6a-0f4f2a6cf1d9")
# What all stores share lies under this name.
_SHARED = "*"


class IntentIndex:
    """Examples of a store, or with store_id "" of all stores."""

    def __init__(self, *, embeddings: EmbeddingService, vectors: VectorService) -> None:
        self._embeddings = embeddings
        self.vectors = vectors
        self._lock = threading.Lock()
        self._synced: dict[str, str] = {}

    def sync(self, *, examples: Mapping[str, Sequence[str]], store_id: str = "") -> None:
        """Makes these the examples of the store. Embeds only when they changed since the last time."""
        scope = store_id or _SHARED
        pairs = sorted({(intent, text) for intent, texts in examples.items() for text in texts})
        digest = hashlib.sha256(json.dumps([self._embeddings.name, pairs]).encode()).hexdigest()
        with self._lock:
            if self._synced.get(scope) == digest:
                return
            try:
                self._write(scope, digest, pairs)
            except CatalogError as error:
                if error.code != "index_damaged":
                    raise
                self.vectors.reset()  # nothing is lost: the examples come with the program
                self._write(scope, digest, pairs)
            self._synced[scope] = digest

    def _write(self, scope: str, digest: str, pairs: list[tuple[str, str]]) -> None:
        self.vectors.take_over(self._copy)
        if self.vectors.count(store_id=scope, where=(Equals("digest", digest),)) != len(pairs):
            self.vectors.delete(store_id=scope, where=())
            points = self._points([_payload(scope, digest, pair) for pair in pairs])
            self.vectors.upsert(store_id=scope, points=points)

    def match(self, *, text: str, store_id: str = "", limit: int = 5) -> list[IntentMatch]:
        """The nearest examples, best first; several may be of one intent. Costs one embedding and one query."""
        query = to_bytes(self._embeddings.query(text))
        try:
            found = self.vectors.nearest(store_id=store_id or _SHARED, vector="text", query=query, limit=limit)
        except CatalogError as error:
            if error.code == "index_damaged":
                self._synced.clear()  # so that the next `sync` writes them again
            raise
        return [
            IntentMatch(intent=one.payload["intent"], example=one.payload["example"], score=one.score)
            for one in found
        ]

    def _copy(self, new: str, old: Mapping[str, Payload]) -> Iterator[int]:
        if old:
            self.vectors.backend.upsert(new, self._points(list(old.values())))
            yield len(old)

    def _points(self, payloads: Sequence[Payload]) -> list[Point]:
        vectors = self._embeddings.documents([payload["example"] for payload in payloads])
        return [
            Point(id=_point_id(payload), dense=to_bytes(vector), payload=payload)
            for payload, vector in zip(payloads, vectors, strict=True)
        ]


def _payload(scope: str, digest: str, pair: tuple[str, str]) -> Payload:
    return {"store_id": scope, "digest": digest, "intent": pair[0], "example": pair[1]}


def _point_id(payload: Payload) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{payload['store_id']}\0{payload['intent']}\0{payload['example']}"))

"""Which products need their picture looked at, and what the index keeps of it beside the vector."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from apps.catalog.engine.embedding import EmbeddingService, Vectors
from apps.catalog.engine.embedding.image import Picture
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.images.fetching import Fetcher, Missing
from apps.catalog.engine.records import Payload

PICTURE_FIELDS = ("image_settled", "image_model", "image_hash")
NO_PICTURE: Payload = dict.fromkeys(PICTURE_FIELDS, "")
# Embedded as they come, so that few lie in memory.
_BATCH = 16


def picture_fields(payload: Payload) -> Payload:
    """What the index keeps of a product's picture beside its vector."""
    return {name: payload.get(name, "") for name in PICTURE_FIELDS}


@dataclass
class Settled:
    """The vectors of product pictures by point id, their payload fields, and what went wrong with others."""

    vectors: dict[str, Vectors] = field(default_factory=dict)
    fields: dict[str, Payload] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)  # point id, why


class PictureBook:
    """Gives products the vectors of their pictures. Without a model for pictures it has nothing to do.

    The payload keeps `image_settled` (a hash of model and address: nothing to do as long as both stay, also where
    the address has no usable picture), `image_hash` (of the picture's bytes, by which its vector is found again
    when the point is written anew) and `image_model` (so that vectors of two models are never compared).
    """

    def __init__(self, *, embeddings: EmbeddingService, fetcher: Fetcher | None) -> None:
        """`fetcher` None: pictures are not fetched."""
        self._embeddings = embeddings
        self._fetcher = fetcher

    def is_due(self, image_url: str, before: Payload) -> bool:
        """True when the picture at this address was not looked at yet by the model of this process."""
        if self._fetcher is None or self._embeddings.image_model is None:
            return False
        return bool(image_url) and before.get("image_settled") != self._mark(image_url)

    def settle(self, wanted: Mapping[str, str], known: Mapping[str, Payload]) -> Settled:
        """`wanted`: image addresses by point id; `known`: the fields that these points have in the index now."""
        settled = self.recalled(wanted, known)
        if self._fetcher is None or self._embeddings.image_model is None:
            return settled
        waiting: dict[str, list[str]] = {}
        for id_, url in wanted.items():
            if url and id_ not in settled.fields:
                waiting.setdefault(url, []).append(id_)
        try:
            self._fetch(settled, waiting)
        except CatalogError as error:  # the model is damaged: no reason to be without the products
            settled.problems += [(id_, error.text) for ids in waiting.values() for id_ in ids]
        return settled

    def _fetch(self, settled: Settled, waiting: Mapping[str, list[str]]) -> None:
        assert self._fetcher is not None  # noqa: S101 - who calls has looked
        batch: list[tuple[str, Picture]] = []
        for url, found in self._fetcher.fetch(list(waiting)):
            if isinstance(found, Missing):
                self._miss(settled, waiting[url], url, found)
                continue
            batch.append((url, found))
            if len(batch) == _BATCH:
                self._embed(settled, waiting, batch)
                batch = []
        self._embed(settled, waiting, batch)

    def recalled(self, wanted: Mapping[str, str], known: Mapping[str, Payload]) -> Settled:
        """Those alone whose address is as it was and whose vector is remembered; nothing is fetched."""
        settled = Settled()
        model = self._embeddings.image_model
        if model is None:
            return settled
        hashes: dict[str, bytes] = {}
        for id_, url in wanted.items():
            before = known.get(id_, {})
            if not url or before.get("image_settled") != self._mark(url):
                continue
            if before.get("image_hash"):
                hashes[id_] = bytes.fromhex(before["image_hash"])
            else:  # it was looked at, and is no picture
                settled.fields[id_] = {**NO_PICTURE, "image_settled": self._mark(url)}
        vectors = self._embeddings.known_images(list(hashes.values()))
        for id_, digest in hashes.items():
            if digest in vectors:
                self._keep(settled, id_, wanted[id_], digest, vectors[digest])
        return settled

    def _embed(self, settled: Settled, waiting: Mapping[str, list[str]], batch: list[tuple[str, Picture]]) -> None:
        vectors = self._embeddings.images([picture for _, picture in batch])
        for (url, picture), vector in zip(batch, vectors, strict=True):
            for id_ in waiting[url]:
                self._keep(settled, id_, url, picture.digest, vector)

    def _keep(self, settled: Settled, id_: str, url: str, digest: bytes, vector: Vectors) -> None:
        settled.vectors[id_] = vector
        settled.fields[id_] = {
            "image_settled": self._mark(url),
            "image_model": self._embeddings.image_model or "",
            "image_hash": digest.hex(),
        }

    def _miss(self, settled: Settled, ids: list[str], url: str, missing: Missing) -> None:
        for id_ in ids:
            settled.problems.append((id_, missing.reason))
            # What may pass is tried again in the next sync; what is no picture is not asked for again.
            settled.fields[id_] = {**NO_PICTURE, "image_settled": "" if missing.passing else self._mark(url)}

    def _mark(self, url: str) -> str:
        model = self._embeddings.image_model
        return hashlib.blake2b(f"{model}\0{url}".encode(errors="replace"), digest_size=8).hexdigest()

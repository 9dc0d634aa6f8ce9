"""`EmbeddingService`: every vector of this process is made, or remembered, here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np

from apps.catalog.engine.embedding.arrays import Vectors
from apps.catalog.engine.embedding.cache import VectorCache, key_of
from apps.catalog.engine.embedding.image import IMAGE_SIZE, ImageEmbedder, Picture
from apps.catalog.engine.embedding.text import Embedder
from apps.catalog.engine.errors import CatalogError

_log = logging.getLogger(__name__)
_QUERY_CACHE = 512
_Content = TypeVar("_Content")


class EmbeddingService:
    """Embeds texts with one model, pictures with another. Safe to call from several threads.

    The models are loaded at their first use. Without a model for pictures, everything but pictures works.
    `cache` remembers the vectors of documents and pictures over restarts.
    """

    def __init__(
        self,
        load: Callable[[], Embedder],
        *,
        load_images: Callable[[], ImageEmbedder | None] = lambda: None,
        cache: VectorCache | None = None,
    ) -> None:
        self._load = load
        self._load_images = lru_cache(maxsize=1)(load_images)
        self._cache = cache
        self._embedder: Embedder | None = None
        self._lock = threading.Lock()
        self._cached = lru_cache(maxsize=_QUERY_CACHE)(self._embed_one)
        self._cached_for_images = lru_cache(maxsize=_QUERY_CACHE)(self._embed_one_for_images)

    @property
    def embedder(self) -> Embedder:
        if self._embedder is None:
            with self._lock:
                if self._embedder is None:
                    self._embedder = self._load()
        return self._embedder

    @property
    def name(self) -> str:
        return self.embedder.name

    @property
    def size(self) -> int:
        return self.embedder.size

    @property
    def lexical_only(self) -> bool:
        """True when there is no model and search knows words only."""
        return self.embedder.lexical_only

    def knows(self, word: str) -> bool:
        """Whether the model's vocabulary holds a folded word; without a model none is known."""
        return self.embedder.knows(word)

    # --- Texts ----------------------------------------------------------------------------------------
    def query(self, text: str) -> Vectors:
        """The vector (size,) of one text; the last few hundred texts are remembered."""
        vector: Vectors = self._cached(text)
        return vector

    def documents(self, texts: Sequence[str]) -> Vectors:
        """An array (len(texts), size), in the order of the texts. None that is in the cache is embedded."""
        embedder = self.embedder
        if not texts:
            return np.empty((0, embedder.size), dtype=np.float32)
        if embedder.lexical_only:  # hashing is faster than looking it up
            return embedder.embed(texts)
        keys = [key_of(embedder.name, text.encode(errors="replace")) for text in texts]
        return self._remembered(dict(zip(keys, texts, strict=True)), keys, embedder.embed, embedder.size)

    def _embed_one(self, text: str) -> Vectors:
        vector: Vectors = self.embedder.embed([text])[0]
        vector.setflags(write=False)  # shared by all who ask for this text
        return vector

    # --- Pictures -------------------------------------------------------------------------------------
    @property
    def image_model(self) -> str | None:
        """The name of the model for pictures; None: there is none, and nobody can search by picture."""
        model = self._load_images()
        return None if model is None else model.name

    def image_query(self, text: str) -> Vectors | None:
        """The vector (512,) that pictures of this text are near to; None where no model knows it."""
        vector: Vectors | None = self._cached_for_images(text)
        return vector

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        """An array (len(pictures), 512), in their order. None that is in the cache is embedded.

        ValueError without a model for pictures: ask `image_model` first.
        """
        model = self._load_images()
        if model is None:
            raise ValueError("there is no model for pictures")
        if not pictures:
            return np.empty((0, IMAGE_SIZE), dtype=np.float32)
        keys = [key_of(model.name, picture.digest) for picture in pictures]
        return self._remembered(dict(zip(keys, pictures, strict=True)), keys, model.images, IMAGE_SIZE)

    def photo(self, picture: Picture) -> Vectors:
        """The vector (512,) of a shopper's own picture. Nothing of it is kept. ValueError as with `images`."""
        model = self._load_images()
        if model is None:
            raise ValueError("there is no model for pictures")
        vector: Vectors = model.images([picture])[0]
        return vector

    def known_images(self, digests: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The vectors of those pictures that are in the cache, by the digest of their bytes."""
        model = self._load_images()
        if model is None or self._cache is None:
            return {}
        keys = {key_of(model.name, digest): digest for digest in digests}
        return {keys[key]: vector for key, vector in self._cache.get(list(keys), size=IMAGE_SIZE).items()}

    def _embed_one_for_images(self, text: str) -> Vectors | None:
        model = self._load_images()
        try:
            vector = None if model is None else model.text(text)
        except CatalogError as error:  # search has other ways to find something
            _log.warning("No pictures are searched by words: %s", error)
            return None
        if vector is not None:
            vector.setflags(write=False)
        return vector

    # --- What is known --------------------------------------------------------------------------------
    def _remembered(
        self,
        contents: dict[bytes, _Content],
        keys: Sequence[bytes],
        embed: Callable[[Sequence[_Content]], Vectors],
        size: int,
    ) -> Vectors:
        """The vectors of `keys`: from the cache, else embedded and put there."""
        known = {} if self._cache is None else self._cache.get(list(contents), size=size)
        missing = [key for key in contents if key not in known]
        if missing:
            fresh = dict(zip(missing, embed([contents[key] for key in missing]), strict=True))
            if self._cache is not None:
                self._cache.put(fresh)
            known |= fresh
        return np.stack([known[key] for key in keys])

"""Texts become vectors: `EmbeddingService` over the MiniLM model, or over the hashing stand-in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.words.lexical import term_number, terms

Vectors = npt.NDArray[np.float32]
# Eight texts of similar length: the fastest batch on two cores, and the smallest in memory.
_BATCH = 8
_QUERY_CACHE = 512


class Embedder(Protocol):
    """Something that turns texts into unit vectors of `size` numbers."""

    name: str
    size: int
    lexical_only: bool

    def embed(self, texts: Sequence[str]) -> Vectors:
        """An array (len(texts), size) of float32 rows of length 1, in the order of the texts."""


class FastEmbedder:
    """The model by fastembed and onnxruntime, from a directory; never from the network.

    `threads`: how many one call may use; None: one for each core. Two on two cores embed a question in 2.2 ms, one
    takes 3.1 ms; but the two burn 8.5 ms of CPU for it and the one 3.2 ms, since helpers spin while they wait.
    """

    lexical_only = False

    def __init__(self, *, name: str, directory: Path, threads: int | None = None) -> None:
        # Importing fastembed takes 0.8 s: only the process that embeds pays for it.
        from fastembed import TextEmbedding

        self.name = name
        self.threads = threads
        try:
            self._model = TextEmbedding(
                name, specific_model_path=str(directory), local_files_only=True, threads=threads
            )
        except Exception as error:  # fastembed and onnxruntime raise bare exceptions
            raise CatalogError(
                "model_damaged", f"The embedding model in {directory} cannot be loaded: {error}"
            ) from error
        self.size = int(self._model.embedding_size)

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1:
            return np.asarray(next(iter(self._model.embed([texts[0]]))), dtype=np.float32).reshape(1, -1)
        # Sorted by length, a batch is padded little: twice as fast as in source order.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.empty((len(texts), self.size), dtype=np.float32)
        embedded = self._model.embed([texts[index] for index in order], batch_size=_BATCH)
        for index, vector in zip(order, embedded, strict=True):
            vectors[index] = vector
        return vectors


class HashingEmbedder:
    """Words hashed into 384 numbers: what is left when no model can be had. It knows no meaning."""

    name = "hashing-v1"
    size = 384
    lexical_only = True

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.size), dtype=np.float32)
        for row, text in enumerate(texts):
            for term in terms(text):
                number = term_number(term)
                vectors[row, number % self.size] += 1.0 if number & 0x80000000 else -1.0
            length = float(np.linalg.norm(vectors[row]))
            if length:
                vectors[row] /= length
            else:
                vectors[row, 0] = 1.0  # a text without words: a vector of length 0 has no cosine
        return vectors


class EmbeddingService:
    """Embeds with one model, loaded at the first use. Safe to call from several threads."""

    def __init__(self, load: Callable[[], Embedder]) -> None:
        self._load = load
        self._embedder: Embedder | None = None
        self._lock = threading.Lock()
        self._cached = lru_cache(maxsize=_QUERY_CACHE)(self._embed_one)

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

    def query(self, text: str) -> Vectors:
        """The vector (size,) of one text; the last few hundred texts are remembered."""
        vector: Vectors = self._cached(text)
        return vector

    def documents(self, texts: Sequence[str]) -> Vectors:
        """An array (len(texts), size), in the order of the texts."""
        if not texts:
            return np.empty((0, self.size), dtype=np.float32)
        return self.embedder.embed(texts)

    def _embed_one(self, text: str) -> Vectors:
        vector: Vectors = self.embedder.embed([text])[0]
        vector.setflags(write=False)  # shared by all who ask for this text
        return vector


def to_bytes(vector: Vectors) -> bytes:
    """A vector as it travels to the index: little-endian float32."""
    return vector.astype("<f4", copy=False).tobytes()


def from_bytes(data: bytes) -> list[float]:
    numbers: list[float] = np.frombuffer(data, dtype="<f4").tolist()
    return numbers

"""Texts become vectors: by a model that fastembed runs, or by the hashing stand-in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np

from apps.catalog.engine.embedding.arrays import Vectors, unit
from apps.catalog.engine.embedding.foreign import register
from apps.catalog.engine.embedding.priority import give_way
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.words.lexical import term_number, terms

# A batch has at most so many tokens with its padding: the fastest, and small in memory.
_BATCH_TOKENS = 256
# A model reads a few hundred tokens. What lies beyond this many characters is not even cut into tokens.
_READ_CHARACTERS = 20_000


class Embedder(Protocol):
    """Something that turns texts into unit vectors of `size` numbers."""

    name: str
    size: int
    lexical_only: bool

    def embed(self, texts: Sequence[str]) -> Vectors:
        """An array (len(texts), size) of float32 rows of length 1, in the order of the texts."""

    def knows(self, word: str) -> bool:
        """Whether the model's vocabulary holds a folded word whole: then it is a word, and no typing error."""


class FastEmbedder:
    """The model by fastembed and onnxruntime, from a directory; never from the network.

    `threads`: how many batches are embedded at once; None: one for each core. Each batch has one thread alone:
    several threads within one spin while they wait for each other, and burn twice the CPU for the same vectors.
    """

    lexical_only = False

    def __init__(self, *, name: str, directory: Path, threads: int | None = None) -> None:
        """`name`: one that fastembed knows, or any other for a model in the layout of sentence-transformers."""
        # Importing fastembed takes 0.8 s: only the process that embeds pays for it.
        from fastembed import TextEmbedding
        from fastembed.common.preprocessor_utils import load_tokenizer

        self.name = name
        self.threads = threads or os.cpu_count() or 1
        try:
            register(name, directory)
            self._model = TextEmbedding(name, specific_model_path=str(directory), local_files_only=True, threads=1)
            # A second one, since the model's own pads, and who counts tokens wants none.
            self._counter, _ = load_tokenizer(directory)
            self._counter.no_padding()
        except Exception as error:  # fastembed and onnxruntime raise bare exceptions
            raise CatalogError(
                "model_damaged", f"The embedding model in {directory} cannot be loaded: {error}"
            ) from error
        self.size = int(self._model.embedding_size)

    def embed(self, texts: Sequence[str]) -> Vectors:
        texts = [text[:_READ_CHARACTERS] for text in texts]
        if len(texts) == 1:  # a question: in the caller's thread, at its priority
            return self._run(texts)
        vectors = np.empty((len(texts), self.size), dtype=np.float32)

        def work(batch: list[int]) -> None:
            vectors[batch] = self._run([texts[index] for index in batch])

        with ThreadPoolExecutor(self.threads, "embed", initializer=give_way) as pool:
            for _ in pool.map(work, self._batches(texts)):
                pass  # a failure is raised here
        return vectors

    def knows(self, word: str) -> bool:
        # The second is how SentencePiece, which multilingual models use, marks the beginning of a word.
        return any(self._counter.token_to_id(form) is not None for form in (word, f"\u2581{word}"))

    def _run(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(list(self._model.embed(texts, batch_size=len(texts))), dtype=np.float32)

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Texts of the same number of tokens together, so that nearly nothing of a batch is padding."""
        lengths = [len(encoding.ids) for encoding in self._counter.encode_batch(list(texts))]
        # The longest first: what the model needs of memory, it takes once.
        order = sorted(range(len(texts)), key=lengths.__getitem__, reverse=True)
        start = 0
        while start < len(order):
            size = max(1, _BATCH_TOKENS // max(1, lengths[order[start]]))
            yield order[start : start + size]
            start += size


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
        return unit(vectors)

    def knows(self, word: str) -> bool:
        return False

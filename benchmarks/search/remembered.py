"""An embedder that keeps its vectors on disk: for the figures that do not measure the embedding."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from apps.catalog.engine.embedding import Embedder, Vectors

# Texts that are embedded and written together, so that an interrupted run loses little.
_CHUNK = 512


class RememberingEmbedder:
    """`embedder` with a memory in the file `path`. What was embedded once, in any run, is read from there."""

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self.name, self.size, self.lexical_only = embedder.name, embedder.size, embedder.lexical_only
        self._embedder = embedder
        path.parent.mkdir(parents=True, exist_ok=True)
        self._memory = sqlite3.connect(path, timeout=60, check_same_thread=False)
        self._memory.execute(
            "CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1:  # a question: its embedding is part of what is measured
            return self._embedder.embed(texts)
        vectors = np.empty((len(texts), self.size), dtype=np.float32)
        new: list[int] = []
        for row, text in enumerate(texts):
            known = self._memory.execute(
                "SELECT vector FROM vectors WHERE text = ?", (self._key(text),)
            ).fetchone()
            if known is None:
                new.append(row)
            else:
                vectors[row] = np.frombuffer(known[0], dtype="<f4")
        for start in range(0, len(new), _CHUNK):
            rows = new[start : start + _CHUNK]
            vectors[rows] = self._embedder.embed([texts[row] for row in rows])
            kept = [(self._key(texts[row]), vectors[row].astype("<f4").tobytes()) for row in rows]
            with self._memory:
                self._memory.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", kept)
        return vectors

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self.name}\0{text}".encode()).digest()

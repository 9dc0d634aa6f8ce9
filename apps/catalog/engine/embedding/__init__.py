"""Texts and pictures become vectors."""

from apps.catalog.engine.embedding.arrays import Vectors, from_bytes, to_bytes
from apps.catalog.engine.embedding.service import EmbeddingService
from apps.catalog.engine.embedding.text import Embedder, FastEmbedder, HashingEmbedder

__all__ = ["Embedder", "EmbeddingService", "FastEmbedder", "HashingEmbedder", "Vectors", "from_bytes", "to_bytes"]

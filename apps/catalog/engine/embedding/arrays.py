"""Vectors as arrays of numbers, and as the bytes in which they travel and are kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


def to_bytes(vector: Vectors) -> bytes:
    """A vector as it travels to the index: little-endian float32."""
    return vector.astype("<f4", copy=False).tobytes()


def from_bytes(data: bytes) -> list[float]:
    numbers: list[float] = np.frombuffer(data, dtype="<f4").tolist()
    return numbers


def unit(vectors: Vectors) -> Vectors:
    """The rows at length 1. A row without length becomes the first axis: a vector of length 0 has no cosine."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    scaled[lengths[:, 0] == 0, 0] = 1.0
    return scaled

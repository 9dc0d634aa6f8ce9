"""Pictures, and the words for them, become vectors of one space: CLIP's two halves, run by fastembed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from apps.catalog.engine.embedding.arrays import Vectors, unit
from apps.catalog.engine.errors import CatalogError

# What the index reserves for the vector `image`.
IMAGE_SIZE = 512
CLIP_VISION = "Qdrant/clip-ViT-B-32-vision"
CLIP_TEXT = "Qdrant/clip-ViT-B-32-text"
_BATCH = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, and the digest of the bytes that it came in."""

    digest: bytes
    image: Image.Image


class ImageEmbedder(Protocol):
    """Something that turns pictures, and texts if it can, into unit vectors of IMAGE_SIZE numbers."""

    name: str

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        """An array (len(pictures), IMAGE_SIZE) of float32 rows of length 1."""

    def text(self, text: str) -> Vectors | None:
        """The vector (IMAGE_SIZE,) of what a text shows; None when there is no half for texts."""


class ClipEmbedder:
    """CLIP from directories; never from the network. Each half is large, and loaded at its first use."""

    def __init__(self, *, name: str, vision: Path, text: Path | None, threads: int | None = None) -> None:
        self.name = name
        self._vision = _Lazy(lambda: _load_vision(vision, threads))
        self._text = None if text is None else _Lazy(lambda: _load_text(text, threads))

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        rows = self._vision.get().embed([picture.image for picture in pictures], batch_size=_BATCH)
        return _checked(np.asarray(list(rows), dtype=np.float32), self.name)

    def text(self, text: str) -> Vectors | None:
        if self._text is None:
            return None
        rows = np.asarray(list(self._text.get().embed([text])), dtype=np.float32)
        vector: Vectors = _checked(rows, self.name)[0]
        return vector


class _Lazy:
    """A model that is loaded when it is first asked for, once."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._model: Any = None

    def get(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model


def _load_vision(directory: Path, threads: int | None) -> Any:
    from fastembed import ImageEmbedding

    with _Damaged(directory):
        return ImageEmbedding(
            CLIP_VISION, specific_model_path=str(directory), local_files_only=True, threads=threads
        )


def _load_text(directory: Path, threads: int | None) -> Any:
    from fastembed import TextEmbedding

    with _Damaged(directory):
        return TextEmbedding(CLIP_TEXT, specific_model_path=str(directory), local_files_only=True, threads=threads)


class _Damaged:
    """fastembed and onnxruntime raise bare exceptions; here they become ours."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            text = f"The image model in {self._directory} cannot be loaded: {error}"
            raise CatalogError("model_damaged", text) from error


def _checked(rows: Vectors, name: str) -> Vectors:
    if rows.ndim != 2 or rows.shape[1] != IMAGE_SIZE:
        text = f"The image model {name} gives {rows.shape[-1]} numbers; the index keeps {IMAGE_SIZE}."
        raise CatalogError("model_damaged", text)
    return unit(rows)

"""Texts become vectors."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder, from_bytes, to_bytes
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.models.installed import MINILM, load_embedder, model_directory
from apps.catalog.runtime import models_dir

TEXTS = [
    "mug",
    "a warm winter jacket, filled with down, for freezing days",
    "desk lamp",
    "",
    "a" * 3000,
    "ein Café ☕",
]


def test_documents_come_in_the_order_of_their_texts_and_equal_single_embeddings(
    embeddings: EmbeddingService,
) -> None:
    vectors = embeddings.documents(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert float(vector @ embeddings.query(text)) > 0.9999


def test_vectors_have_length_one(embeddings: EmbeddingService) -> None:
    lengths = np.linalg.norm(embeddings.documents(TEXTS), axis=1)
    assert np.allclose(lengths, 1, atol=1e-5)
    assert np.allclose(np.linalg.norm(HashingEmbedder().embed(TEXTS), axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(embeddings: EmbeddingService) -> None:
    assert embeddings.documents([]).shape == (0, 384)


def test_a_query_is_embedded_once_and_cannot_be_changed_by_who_asks(embeddings: EmbeddingService) -> None:
    vector = embeddings.query("the same words")
    assert embeddings.query("the same words") is vector
    assert not vector.flags.writeable


def test_meaning_is_near(embeddings: EmbeddingService) -> None:
    jacket, parka, lamp = (embeddings.query(text) for text in ("winter jacket", "warm parka", "desk lamp"))
    assert jacket @ parka > jacket @ lamp + 0.2


def test_hashing_knows_the_same_words_and_no_meaning() -> None:
    jacket, same, other = HashingEmbedder().embed(["winter jackets", "jacket for winter", "sofa"])
    assert jacket @ same > 0.99
    assert abs(float(jacket @ other)) < 0.5


def test_the_model_is_loaded_at_the_first_use_and_once() -> None:
    loads: list[int] = []

    def load() -> HashingEmbedder:
        loads.append(1)
        return HashingEmbedder()

    service = EmbeddingService(load)
    assert loads == []
    service.query("a")
    service.documents(["b"])
    assert loads == [1]


def test_vectors_survive_the_socket() -> None:
    vector = np.array([0.25, -1.0, 3.5], dtype=np.float32)
    assert from_bytes(to_bytes(vector)) == [0.25, -1.0, 3.5]


# --- Models by directory ------------------------------------------------------------------------------------
def test_a_model_in_a_directory_embeds_as_the_same_one_by_its_name(
    embeddings: EmbeddingService, tmp_path: Path
) -> None:
    """`embeddings` is named so that the model has been fetched."""
    installed = model_directory(models_dir(), MINILM)
    own = tmp_path / "our-own"
    own.mkdir()
    for path in installed.iterdir():
        (own / path.name).symlink_to(path)
    loaded = load_embedder(tmp_path, str(own))
    assert loaded.name.startswith("our-own-")  # so that an index by it is no index of MiniLM's
    assert (loaded.size, loaded.lexical_only) == (384, False)
    assert np.allclose(loaded.embed(TEXTS), embeddings.embedder.embed(TEXTS), atol=1e-5)


@pytest.mark.parametrize("content", [None, b"half a model"])
def test_a_directory_without_a_usable_model_is_told(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(CatalogError) as caught:
        load_embedder(tmp_path, str(tmp_path))
    assert caught.value.code == ("model_missing" if content is None else "model_damaged")


def test_a_text_of_a_megabyte_takes_no_longer_than_one_that_fills_the_model(embeddings: EmbeddingService) -> None:
    began = time.monotonic()
    vectors = embeddings.embedder.embed(["jacket " * 150_000, "jacket " * 1_000])
    assert time.monotonic() - began < 5
    assert np.allclose(vectors[0], vectors[1], atol=1e-5)

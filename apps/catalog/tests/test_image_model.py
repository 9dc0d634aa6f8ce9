"""The model for pictures: loaded by fastembed itself from directories, and not missed where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder, Vectors
from apps.catalog.engine.embedding.cache import VectorCache
from apps.catalog.engine.embedding.image import ClipEmbedder, Picture
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.models.installed import load_image_embedder
from apps.catalog.tests.tiny_clip import COLOURS, tiny_clip


def picture(colour: str, size: tuple[int, int] = (300, 200)) -> Picture:
    return Picture(digest=colour.encode(), image=Image.new("RGB", size, COLOURS[colour]))


def service(clip: ClipEmbedder | None, cache: VectorCache | None = None) -> EmbeddingService:
    return EmbeddingService(HashingEmbedder, load_images=lambda: clip, cache=cache)


@pytest.fixture
def clip(tmp_path: Path) -> ClipEmbedder:
    vision, text = tiny_clip(tmp_path / "clip")
    loaded = load_image_embedder(tmp_path, str(vision), str(text))
    assert loaded is not None
    return loaded


def test_a_text_is_nearest_to_the_picture_that_shows_it(clip: ClipEmbedder) -> None:
    vectors = service(clip).images([picture("red"), picture("blue"), picture("yellow")])
    assert vectors.shape == (3, 512)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    asked = service(clip).image_query("a blue mug")
    assert asked is not None
    assert int(np.argmax(vectors @ asked)) == 1


def test_pictures_find_pictures_where_the_half_for_texts_is_absent(tmp_path: Path) -> None:
    vision, _ = tiny_clip(tmp_path / "clip")
    half = service(load_image_embedder(tmp_path, str(vision), "maker/not-installed"))
    assert half.images([picture("red")]).shape == (1, 512)
    assert half.image_query("red") is None


@pytest.mark.parametrize("name", ["", "Qdrant/clip-ViT-B-32-vision"])
def test_without_an_image_model_nothing_is_missed(tmp_path: Path, name: str) -> None:
    none = service(load_image_embedder(tmp_path, name, name))
    assert none.image_model is None
    assert none.image_query("red") is None
    assert none.documents(["a red mug"]).shape == (1, 384)


def test_a_directory_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no model in") as caught:
        load_image_embedder(tmp_path, str(tmp_path / "nothing"), "")
    assert caught.value.code == "model_missing"


def test_a_damaged_model_is_told_when_it_is_used(tmp_path: Path) -> None:
    vision, _ = tiny_clip(tmp_path / "clip")
    (vision / "model.onnx").write_bytes(b"half a model")
    with pytest.raises(CatalogError, match="cannot be loaded") as caught:
        service(load_image_embedder(tmp_path, str(vision), "")).images([picture("red")])
    assert caught.value.code == "model_damaged"


def test_a_model_with_other_vectors_than_the_index_keeps_is_refused(tmp_path: Path) -> None:
    vision, _ = tiny_clip(tmp_path / "clip", size=768)
    with pytest.raises(CatalogError, match="768 numbers"):
        service(load_image_embedder(tmp_path, str(vision), "")).images([picture("red")])


def test_another_graph_in_the_same_directory_is_another_model(tmp_path: Path) -> None:
    vision, text = tiny_clip(tmp_path / "clip")
    before = service(load_image_embedder(tmp_path, str(vision), "")).image_model
    (vision / "model.onnx").write_bytes((text / "model.onnx").read_bytes())
    assert service(load_image_embedder(tmp_path, str(vision), "")).image_model != before


def test_the_same_bytes_are_embedded_once_also_after_a_restart(clip: ClipEmbedder, tmp_path: Path) -> None:
    seen: list[bytes] = []

    class Counting(ClipEmbedder):
        def images(self, pictures: list[Picture]) -> Vectors:  # type: ignore[override] # narrower on purpose
            seen.extend(one.digest for one in pictures)
            return clip.images(pictures)

    counting = Counting(name=clip.name, vision=tmp_path, text=None)
    file = tmp_path / "vectors.sqlite3"
    first = service(counting, VectorCache(file, most_bytes=10_000_000))
    vectors = first.images([picture("red"), picture("blue"), picture("red")])
    again = service(counting, VectorCache(file, most_bytes=10_000_000))
    assert np.array_equal(again.images([picture("blue")])[0], vectors[1])
    assert np.array_equal(again.known_images([b"red", b"green"])[b"red"], vectors[0])
    assert sorted(seen) == [b"blue", b"red"]

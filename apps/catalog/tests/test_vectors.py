"""`VectorService`: no store ever sees another's points, and bad input is refused before it reaches the index."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder, to_bytes
from apps.catalog.engine.embedding.image import IMAGE_SIZE
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.records import Equals, FieldType, HasVector, Not, Point, Sparse
from apps.catalog.engine.vectors import VectorService

FIELDS: dict[str, FieldType] = {
    "store_id": "keyword",
    "connector_id": "keyword",
    "sync_run": "keyword",
    "brand": "prefix",
    "price": "float",
}
EMBEDDINGS = EmbeddingService(HashingEmbedder)
OURS, ALIKE, THEIRS = (str(uuid.UUID(int=number)) for number in (1, 2, 3))


def text_vector(text: str) -> bytes:
    return to_bytes(EMBEDDINGS.query(text))


def image_vector(angle: float) -> bytes:
    vector = np.zeros(IMAGE_SIZE, dtype=np.float32)
    vector[:2] = np.cos(angle), np.sin(angle)
    return to_bytes(vector)


def point(id_: str, store_id: str, text: str, *, image: bytes | None = None) -> Point:
    payload = {"store_id": store_id, "connector_id": "c", "sync_run": "old", "brand": "Fjell", "price": 5.0}
    return Point(id=id_, dense=text_vector(text), sparse=Sparse([7], [1.0]), image=image, payload=payload)


@pytest.fixture
def vectors(index_host: Path) -> Iterator[VectorService]:
    """Three points of two stores that differ in nothing but their store and their picture."""
    backend = HostClient(index_host)
    service = VectorService(
        backend,
        alias=f"t{uuid.uuid4().hex}",
        embeddings=EMBEDDINGS,
        fields=FIELDS,
        lexical=True,
        image_size=IMAGE_SIZE,
    )
    service.upsert(
        store_id="ours",
        points=[
            point(OURS, "ours", "a red boot", image=image_vector(0)),
            point(ALIKE, "ours", "a red shoe", image=image_vector(0.3)),
        ],
    )
    service.upsert(store_id="theirs", points=[point(THEIRS, "theirs", "a red boot", image=image_vector(0))])
    yield service
    backend.drop(service.active())
    backend.close()


QUESTIONS: dict[str, Callable[[VectorService], object]] = {
    "hybrid": lambda vectors: vectors.hybrid(
        store_id="ours", where=(), dense=text_vector("a red boot"), sparse=Sparse([7], [1.0]),
        image=image_vector(0), limit=9, named=(Equals("brand", "Fjell"),),
    ),
    "ordered": lambda vectors: vectors.ordered(store_id="ours", where=(), field="price", descending=True, limit=9),
    "first": lambda vectors: vectors.first(store_id="ours", where=(), limit=9),
    "retrieve": lambda vectors: list(vectors.retrieve(store_id="ours", ids=[OURS, ALIKE, THEIRS])),
    "scroll": lambda vectors: list(vectors.scroll(store_id="ours")),
    "nearest by text": lambda vectors: vectors.nearest(
        store_id="ours", vector="text", query=text_vector("a red boot"), limit=9
    ),
    "nearest by image": lambda vectors: vectors.nearest(
        store_id="ours", vector="image", query=image_vector(0), limit=9
    ),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_finds_the_own_points_and_none_of_another_store(
    vectors: VectorService, question: str
) -> None:
    answer = repr(QUESTIONS[question](vectors))
    assert OURS in answer
    assert THEIRS not in answer


def test_counts_facets_and_suggestions_count_the_own_points(vectors: VectorService) -> None:
    assert vectors.count(store_id="ours") == 2
    assert vectors.facet(store_id="ours", field="brand") == [("Fjell", 2)]
    assert vectors.suggest(store_id="ours", field="brand", prefix="Fj") == [("Fjell", 2)]
    assert vectors.suggest(store_id="ours", field="brand", prefix="fj") == []
    assert vectors.suggest(store_id="nobody", field="brand", prefix="") == []


def test_a_filter_cannot_open_another_store(vectors: VectorService) -> None:
    others = (Not(Equals("store_id", "ours")),)
    assert vectors.count(store_id="ours", where=others) == 0
    assert vectors.count(store_id="ours", where=(Equals("store_id", "theirs"),)) == 0
    assert vectors.delete(store_id="ours", where=others) == 0
    assert vectors.count(store_id="theirs") == 1


def test_no_write_reaches_another_store(vectors: VectorService) -> None:
    vectors.set_payload(store_id="ours", ids=[THEIRS], payload={"price": 0.0})
    vectors.replace_payload(store_id="ours", id_=THEIRS, payload={"store_id": "ours"})
    assert vectors.delete_ids(store_id="ours", ids=[THEIRS]) == 0
    with pytest.raises(CatalogError, match="not of the store"):
        vectors.upsert(store_id="ours", points=[point(THEIRS, "theirs", "a red boot")])
    assert vectors.retrieve(store_id="theirs", ids=[THEIRS])[THEIRS]["price"] == 5.0


def test_an_empty_store_is_no_way_around_the_filter(vectors: VectorService) -> None:
    with pytest.raises(ValueError, match="store_id is empty"):
        vectors.count(store_id="")
    with pytest.raises(ValueError, match="store_id is empty"):
        vectors.upsert(store_id="", points=[])


def test_what_a_sync_has_not_seen_is_removed(vectors: VectorService) -> None:
    vectors.set_payload(store_id="ours", ids=[OURS], payload={"sync_run": "new"})
    assert vectors.delete_stale(store_id="ours", connector_id="c", sync_run="new") == 1
    assert list(vectors.retrieve(store_id="ours", ids=[OURS, ALIKE])) == [OURS]
    assert vectors.count(store_id="theirs") == 1


def test_similar_points_are_found_by_text_and_picture_without_the_point_itself(vectors: VectorService) -> None:
    boot, lamp = (str(uuid.UUID(int=number)) for number in (10, 11))
    vectors.upsert(
        store_id="ours",
        points=[
            point(boot, "ours", "a red boot", image=image_vector(0.1)),
            point(lamp, "ours", "a desk lamp", image=image_vector(1.5)),
        ],
    )
    found = vectors.similar(store_id="ours", id_=OURS, limit=5)
    assert [one.id for one in found] == [boot, ALIKE, lamp]
    assert found[0].score == pytest.approx(0.65 + 0.35 * np.cos(0.1), abs=0.01)
    with_picture = vectors.similar(store_id="ours", id_=OURS, where=(Equals("brand", "nobody"),), limit=5)
    assert with_picture == []
    assert vectors.similar(store_id="ours", id_=THEIRS, limit=5) == []


def test_a_point_without_picture_is_similar_by_its_text(vectors: VectorService) -> None:
    plain = str(uuid.UUID(int=12))
    vectors.upsert(store_id="ours", points=[point(plain, "ours", "a red shoe")])
    assert vectors.count(store_id="ours", where=(HasVector("image"),)) == 2
    assert [one.id for one in vectors.similar(store_id="ours", id_=plain, limit=1)] == [ALIKE]


@pytest.mark.parametrize(
    ("dense", "says"),
    [
        (np.ones(12, dtype=np.float32), "12 numbers; the index .* keeps 384"),
        (np.full(384, np.nan, dtype=np.float32), "not a number"),
    ],
)
def test_a_vector_that_cannot_be_is_refused_and_nothing_written(
    vectors: VectorService, dense: np.ndarray[tuple[int, ...], np.dtype[np.float32]], says: str
) -> None:
    bad = Point(id=str(uuid.uuid4()), dense=to_bytes(dense), payload={"store_id": "ours"})
    with pytest.raises(CatalogError, match=says) as caught:
        vectors.upsert(store_id="ours", points=[point(str(uuid.uuid4()), "ours", "a boot"), bad])
    assert caught.value.code == "bad_vector"
    assert vectors.count(store_id="ours") == 2
    with pytest.raises(CatalogError, match=says):
        vectors.nearest(store_id="ours", vector="text", query=to_bytes(dense), limit=1)


def test_an_unknown_filter_field_is_named(vectors: VectorService) -> None:
    for where in ((Equals("colour", "red"),), (Not(Equals("colour", "red")),)):
        with pytest.raises(CatalogError, match="cannot be filtered by colour") as caught:
            vectors.count(store_id="ours", where=where)
        assert caught.value.code == "unknown_field"
    with pytest.raises(CatalogError, match="cannot be filtered by colour"):
        vectors.facet(store_id="ours", field="colour")


def test_a_sound_index_is_verified_and_a_point_of_no_store_is_told(vectors: VectorService) -> None:
    verified = vectors.verify()
    assert (verified.points, verified.problems) == (3, [])
    stray = Point(id=str(uuid.uuid4()), dense=text_vector("stray"), payload={})
    vectors.backend.upsert(vectors.active(), [stray])
    verified = vectors.verify()
    assert (verified.points, verified.broken) == (4, 1)
    assert verified.problems == [f"{stray.id} belongs to no store."]


def test_the_health_names_the_collection_and_counts_its_vectors(vectors: VectorService) -> None:
    health = vectors.health()
    assert health.collection == vectors.own_name
    assert not health.mismatched
    assert (health.state.points, health.state.vectors["image"]) == (3, 3)

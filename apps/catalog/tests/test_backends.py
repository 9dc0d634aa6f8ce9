"""One suite for every index: Qdrant Edge over the host's socket, and qdrant-client (its local mode stands in
for a server here: the same client, the same models of filters and queries).

Where QDRANT_URL names a server, as in CI, that one too."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from qdrant_client import QdrantClient

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.adapters.server import ServerBackend
from apps.catalog.engine.embedding import to_bytes
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.records import (
    AnyOf,
    Between,
    CollectionSpec,
    Differs,
    During,
    Either,
    Equals,
    FieldType,
    HasVector,
    HybridRequest,
    Ids,
    Not,
    Point,
    Sparse,
    StartsWith,
    Where,
)

RED, GREEN, BLUE, OTHER_STORES = (str(uuid.UUID(int=number)) for number in (1, 2, 3, 4))


def vector(*numbers: float) -> bytes:
    return to_bytes(np.array([*numbers, *[0.0] * (4 - len(numbers))], dtype=np.float32))


def point(id_: str, dense: bytes, terms: dict[int, float], *, image: bytes | None = None, **payload: Any) -> Point:
    sparse = Sparse(indices=sorted(terms), values=[terms[term] for term in sorted(terms)])
    return Point(id=id_, dense=dense, sparse=sparse, image=image, payload={"store_id": "one", **payload})


FIELDS: dict[str, FieldType] = {
    "store_id": "keyword",
    "category_keys": "keyword",
    "price": "float",
    "in_stock": "integer",
    "brand": "prefix",
    "created_at": "datetime",
}
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
JACKET: dict[str, Any] = {"category_keys": ["men", "men > jackets"], "brand": "A", "created_at": "2026-03-01"}
SKIRT: dict[str, Any] = {"category_keys": ["women"], "brand": "B", "created_at": "2026-01-01T10:00:00+02:00"}
POINTS = [
    point(RED, vector(1), {10: 1.0, 11: 1.0}, image=vector(1), price=10.0, in_stock=1, **JACKET),
    point(GREEN, vector(0.9, 0.1), {11: 1.0}, price=60.0, in_stock=0, rating=4.5, **SKIRT),
    point(
        BLUE, vector(0, 1), {12: 3.0}, price=99.5, in_stock=1, category_keys=["men"], brand="A", sync_run="run-1"
    ),
    point(OTHER_STORES, vector(1), {10: 1.0}, store_id="two", price=10.0, in_stock=1, brand="A"),
]


@pytest.fixture(params=["edge host", "qdrant-client", *(["server"] if settings.QDRANT_URL else [])])
def backend(request: pytest.FixtureRequest, index_host: Path) -> Iterator[VectorBackend]:
    if request.param == "edge host":
        client = HostClient(index_host)
        yield client
        client.close()
        return
    if request.param == "server":
        server = ServerBackend.connect(url=settings.QDRANT_URL, api_key=settings.QDRANT_API_KEY)
        yield server
        server.close()
        return
    local = QdrantClient(":memory:")
    yield ServerBackend(reader=local, writer=local)
    local.close()


@pytest.fixture
def name(backend: VectorBackend) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex}"
    with warnings.catch_warnings():
        # The local mode says that it has no payload indexes; a server has them.
        warnings.filterwarnings("ignore", message="Payload indexes have no effect")
        backend.ensure(CollectionSpec(name=name, dense_size=4, image_size=4, lexical=True, fields=FIELDS))
        backend.upsert(name, POINTS)
        yield name
    backend.drop(name)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ((Equals("store_id", "one"),), {RED, GREEN, BLUE}),
        ((Equals("store_id", "one"), Equals("in_stock", 1)), {RED, BLUE}),
        ((Equals("store_id", "one"), Equals("in_stock", 0)), {GREEN}),
        ((Equals("store_id", "one"), Equals("category_keys", "men")), {RED, BLUE}),
        ((Equals("category_keys", "men > jackets"),), {RED}),
        ((Equals("store_id", "one"), Between("price", lt=60)), {RED}),
        ((Equals("store_id", "one"), Between("price", lte=60)), {RED, GREEN}),
        ((Equals("store_id", "one"), Between("price", gt=10, lt=99.5)), {GREEN}),
        ((Equals("store_id", "one"), Between("price", gte=99.5)), {BLUE}),
        ((Between("rating", gte=4),), {GREEN}),
        ((Equals("store_id", "one"), AnyOf("brand", ("B", "C"))), {GREEN}),
        ((Equals("store_id", "one"), AnyOf("in_stock", (0, 2))), {GREEN}),
        ((AnyOf("brand", ()),), set()),
        ((Equals("store_id", "one"), Differs("sync_run", "run-1")), {RED, GREEN}),
        ((Equals("store_id", "one"), Not(AnyOf("category_keys", ("women", "jackets")))), {RED, BLUE}),
        ((Equals("store_id", "one"), Not(Equals("sync_run", "run-1"))), {RED, GREEN}),
        ((Equals("store_id", "one"), Not(Between("price", gte=20, lt=70))), {RED, BLUE}),
        ((Equals("store_id", "one"), Not(Between("rating", gte=4))), {RED, BLUE}),
        ((Equals("store_id", "one"), Not(Not(Equals("brand", "B")))), {GREEN}),
        ((Equals("store_id", "one"), Either((Equals("brand", "B"), Between("price", gt=90)))), {GREEN, BLUE}),
        ((Equals("store_id", "one"), Either(())), set()),
        ((Equals("store_id", "one"), Ids((RED, OTHER_STORES, str(uuid.UUID(int=99))))), {RED}),
        ((Equals("store_id", "one"), Ids(())), set()),
        ((Equals("store_id", "one"), HasVector("image")), {RED}),
        ((Equals("store_id", "one"), Not(HasVector("image"))), {GREEN, BLUE}),
        ((Equals("store_id", "one"), StartsWith("category_keys", "men >")), {RED}),
        ((Equals("store_id", "one"), StartsWith("brand", "b")), set()),
        ((During("created_at", gte=NEW_YEAR),), {RED, GREEN}),
        ((During("created_at", gt=NEW_YEAR + timedelta(hours=8)),), {RED}),
        ((During("created_at", gte=NEW_YEAR, lt=NEW_YEAR + timedelta(hours=9)),), {GREEN}),
    ],
)
def test_every_condition_selects_exactly_its_points(
    backend: VectorBackend, name: str, where: Where, found: set[str]
) -> None:
    page, following = backend.scroll(name, where, limit=10)
    assert {id_ for id_, _ in page} == found
    assert following is None
    assert backend.count(name, where) == len(found)


def ask(
    backend: VectorBackend, name: str, *, dense: bytes | None, sparse: Sparse | None, **more: Any
) -> list[Any]:
    where = (Equals("store_id", "one"), *more.pop("where", ()))
    request = HybridRequest(
        where=where, scope=(Equals("store_id", "one"),), dense=dense, sparse=sparse, limit=more.pop("limit", 10)
    )
    return backend.hybrid(name, request)


def test_the_dense_query_ranks_by_cosine(backend: VectorBackend, name: str) -> None:
    matches = ask(backend, name, dense=vector(1), sparse=None)
    assert [match.id for match in matches] == [RED, GREEN, BLUE]
    assert matches[0].dense == pytest.approx(1.0, abs=1e-3)
    assert matches[0].lexical is None
    assert matches[0].payload["price"] == 10.0


def test_the_lexical_query_finds_only_its_words_and_weighs_rare_ones_more(
    backend: VectorBackend, name: str
) -> None:
    common, rare = Sparse([11], [1.0]), Sparse([10], [1.0])
    assert {match.id for match in ask(backend, name, dense=None, sparse=common)} == {RED, GREEN}
    rare_score = ask(backend, name, dense=None, sparse=rare)[0].lexical
    common_score = ask(backend, name, dense=None, sparse=common)[0].lexical
    assert rare_score > common_score


def test_idf_is_counted_in_the_own_store_alone(backend: VectorBackend, name: str) -> None:
    before = ask(backend, name, dense=None, sparse=Sparse([10], [1.0]))[0].lexical
    strangers = [
        Point(id=str(uuid.uuid4()), dense=vector(1), sparse=Sparse([10], [1.0]), payload={"store_id": "two"})
        for _ in range(20)
    ]
    backend.upsert(name, strangers)
    assert ask(backend, name, dense=None, sparse=Sparse([10], [1.0]))[0].lexical == pytest.approx(before)


def test_hybrid_keeps_the_filter_in_both_queries(backend: VectorBackend, name: str) -> None:
    matches = ask(backend, name, dense=vector(1), sparse=Sparse([10, 11], [1, 1]), where=(Equals("in_stock", 0),))
    assert [match.id for match in matches] == [GREEN]
    assert matches[0].dense is not None
    assert matches[0].lexical is not None


def test_payloads_can_be_read_set_and_replaced(backend: VectorBackend, name: str) -> None:
    backend.set_payload(name, [RED, str(uuid.uuid4())], {"sync_run": "run-2"})
    assert backend.retrieve(name, [RED], ["sync_run"])[RED] == {"sync_run": "run-2"}
    assert backend.retrieve(name, [RED])[RED]["price"] == 10.0
    backend.replace_payload(name, RED, {"store_id": "one", "price": 5.0})
    assert backend.retrieve(name, [RED])[RED] == {"store_id": "one", "price": 5.0}
    assert ask(backend, name, dense=vector(1), sparse=None)[0].id == RED  # its vectors stay
    assert backend.retrieve(name, [str(uuid.uuid4())]) == {}


def test_delete_takes_what_matches_and_says_how_many(backend: VectorBackend, name: str) -> None:
    assert backend.delete(name, (Equals("store_id", "one"), Equals("brand", "A"))) == 2
    assert backend.count(name, ()) == 2
    assert backend.delete(name, (Equals("brand", "nobody"),)) == 0


def test_delete_without_a_condition_is_refused(backend: VectorBackend, name: str) -> None:
    with pytest.raises(CatalogError, match="without a condition"):
        backend.delete(name, ())
    assert backend.count(name, ()) == len(POINTS)


def test_pages_follow_each_other_without_loss(backend: VectorBackend, name: str) -> None:
    seen: list[str] = []
    after: str | None = None
    while True:
        page, after = backend.scroll(name, (), limit=2, after=after)
        seen += [id_ for id_, _ in page]
        if after is None:
            break
    assert sorted(seen) == sorted(point.id for point in POINTS)
    assert len(set(seen)) == len(seen)


def test_ordered_sorts_by_a_number(backend: VectorBackend, name: str) -> None:
    where = (Equals("store_id", "one"),)
    cheapest = backend.ordered(name, where, field="price", descending=False, limit=2)
    dearest = backend.ordered(name, where, field="price", descending=True, limit=2)
    assert [id_ for id_, _ in cheapest] == [RED, GREEN]
    assert [id_ for id_, _ in dearest] == [BLUE, GREEN]


def test_ordered_sorts_by_a_date_and_leaves_out_what_has_none(backend: VectorBackend, name: str) -> None:
    where = (Equals("store_id", "one"),)
    newest = backend.ordered(name, where, field="created_at", descending=True, limit=5)
    assert [id_ for id_, _ in newest] == [RED, GREEN]


def test_a_limit_that_is_no_number_is_refused_before_it_reaches_the_index() -> None:
    with pytest.raises(CatalogError) as caught:
        Between("price", lt=float("nan"))
    assert caught.value.code == "bad_limit"


def test_facets_count_the_values_of_a_field(backend: VectorBackend, name: str) -> None:
    facets = dict(backend.facet(name, "category_keys", (Equals("store_id", "one"),), limit=10))
    assert facets == {"men": 2, "men > jackets": 1, "women": 1}


def test_an_alias_moves_from_one_collection_to_another(backend: VectorBackend, name: str) -> None:
    alias, other = f"alias-{name}", f"other-{name}"
    assert backend.alias(alias) is None
    backend.ensure(CollectionSpec(name=other, dense_size=4, lexical=True))
    backend.point_alias(alias, name)
    assert backend.alias(alias) == name
    backend.point_alias(alias, other)
    assert backend.alias(alias) == other
    backend.drop(other)
    assert other not in backend.collections()


def test_a_collection_that_does_not_exist_reads_as_empty_and_refuses_writes(backend: VectorBackend) -> None:
    assert backend.count("nowhere", ()) == 0
    assert backend.retrieve("nowhere", [RED]) == {}
    assert backend.scroll("nowhere", (), limit=1) == ([], None)
    assert backend.facet("nowhere", "brand", (), limit=1) == []
    assert ask(backend, "nowhere", dense=vector(1), sparse=None) == []
    with pytest.raises(CatalogError):
        backend.upsert("nowhere", POINTS)


def test_a_server_that_is_away_is_unreachable_and_worth_a_retry() -> None:
    backend = ServerBackend.connect(url="http://127.0.0.1:9")  # the discard port: nobody listens
    with pytest.raises(CatalogError) as caught:
        backend.count("products", ())
    assert (caught.value.code, caught.value.retryable) == ("index_unreachable", True)
    backend.close()

"""Collections and aliases: made, migrated, swapped, dropped; and what one that is not there says."""

from __future__ import annotations

import threading
import warnings
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from apps.catalog.engine.adapters.base import VectorBackend
from apps.catalog.engine.adapters.server import ServerBackend
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.records import CollectionSpec, HybridRequest, Sparse
from apps.catalog.tests.contract.samples import FIELDS, IN_ONE, POINTS, RED, spec, vector

pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect")


def test_an_alias_moves_from_one_collection_to_another(backend: VectorBackend, fresh: str) -> None:
    alias, other = f"alias-{fresh}", f"other-{fresh}"
    assert backend.alias(alias) is None
    backend.ensure(CollectionSpec(name=other, dense_size=4, lexical=True))
    backend.point_alias(alias, fresh)
    assert backend.alias(alias) == fresh
    backend.point_alias(alias, other)
    assert backend.alias(alias) == other
    backend.drop(other)
    assert other not in backend.collections()


def test_a_renamed_alias_takes_the_name_from_the_one_that_had_it(backend: VectorBackend, fresh: str) -> None:
    alias, coming, other = f"alias-{fresh}", f"coming.{fresh}", f"other-{fresh}"
    backend.ensure(CollectionSpec(name=other, dense_size=4, lexical=True))
    backend.point_alias(alias, other)
    backend.point_alias(coming, fresh)
    backend.rename_alias(coming, alias)
    aliases = backend.aliases()
    assert aliases[alias] == backend.alias(alias) == fresh
    assert coming not in aliases
    with pytest.raises(CatalogError, match=coming):
        backend.rename_alias(coming, alias)
    backend.drop_alias(alias)
    backend.drop_alias(alias)
    assert backend.alias(alias) is None
    backend.drop(other)


def test_a_field_that_is_new_gets_its_index_and_the_points_stay(backend: VectorBackend, fresh: str) -> None:
    backend.ensure(replace(spec(fresh), fields={**FIELDS, "sync_run": "keyword"}))
    assert backend.facet(fresh, "sync_run", (IN_ONE,), limit=5) == [("run-1", 1)]
    assert backend.count(fresh, ()) == len(POINTS)


def test_a_collection_that_is_set_aside_leaves_its_name_free(backend: VectorBackend, fresh: str) -> None:
    backend.set_aside(fresh)
    assert fresh not in backend.collections()
    with warnings.catch_warnings():
        backend.ensure(spec(fresh))
    assert backend.count(fresh, ()) == 0


def test_an_empty_collection_answers_with_nothing(backend: VectorBackend, fresh: str) -> None:
    backend.delete(fresh, (IN_ONE,))
    by_all = HybridRequest(
        where=(IN_ONE,), scope=(IN_ONE,), dense=vector(1), sparse=Sparse([1], [1.0]), image=vector(1), limit=3
    )
    assert backend.hybrid(fresh, by_all) == []
    assert backend.ordered(fresh, (IN_ONE,), field="price", descending=True, limit=3) == []
    assert backend.facet(fresh, "brand", (IN_ONE,), limit=3) == []


def test_a_collection_that_does_not_exist_reads_as_empty_and_refuses_writes(backend: VectorBackend) -> None:
    dense = HybridRequest(where=(), scope=(IN_ONE,), dense=vector(1), sparse=None, limit=1)
    assert backend.count("nowhere", ()) == 0
    assert backend.retrieve("nowhere", [RED]) == {}
    assert backend.scroll("nowhere", (), limit=1) == ([], None)
    assert backend.facet("nowhere", "brand", (), limit=1) == []
    assert backend.vectors("nowhere", (), limit=1) == {}
    assert backend.hybrid("nowhere", dense) == []
    assert backend.state("nowhere").points == 0
    with pytest.raises(CatalogError):
        backend.upsert("nowhere", POINTS)


def test_a_server_with_too_much_to_do_is_unreachable_and_worth_a_retry() -> None:
    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(429)
            self.send_header("Retry-After", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_request(self, code: object = "-", size: object = "-") -> None:
            """Not into the tests' output."""

    server = HTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    backend = ServerBackend.connect(url=f"http://127.0.0.1:{server.server_port}")
    with pytest.raises(CatalogError, match="too much to do") as caught:
        backend.count("products", ())
    assert (caught.value.code, caught.value.retryable) == ("index_unreachable", True)
    backend.close()
    server.shutdown()
    server.server_close()


def test_a_server_that_is_away_is_unreachable_and_worth_a_retry() -> None:
    backend = ServerBackend.connect(url="http://127.0.0.1:9")  # the discard port: nobody listens
    with pytest.raises(CatalogError) as caught:
        backend.count("products", ())
    assert (caught.value.code, caught.value.retryable) == ("index_unreachable", True)
    backend.close()

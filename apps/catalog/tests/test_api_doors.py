"""Who may ask the products' API, from which page, how often; and what it says to bad input."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from apps.accounts.models import Store, User
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService
from apps.catalog.engine.hosting.client import HostClient

pytestmark = pytest.mark.django_db

LISTED = "http://localhost:3000"


def ask(client: Client, store: Store, *, headers: dict[str, str] | None = None, **given: Any) -> Any:
    return client.get(reverse("api_products_search"), {"store": store.public_key, **given}, headers=headers or {})


def problem(answer: Any) -> dict[str, str]:
    body: dict[str, str] = answer.json()
    return body


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"colour_of_money": "1"}, "colour_of_money", "unknown_parameter"),
        ({"store_id": "x"}, "store_id", "unknown_parameter"),
        ({"price_min": "nan"}, "price_min", "not_a_number"),
        ({"price_max": "NaN"}, "price_max", "not_a_number"),
        ({"price_max": "inf"}, "price_max", "not_a_number"),
        ({"price_min": "-1"}, "price_min", "out_of_range"),
        ({"price_min": "1e300"}, "price_min", "out_of_range"),
        ({"price_min": "ten"}, "price_min", "not_a_number"),
        ({"price_min": "50", "price_max": "20"}, "price_min", "min_above_max"),
        ({"rating_min": "6"}, "rating_min", "out_of_range"),
        ({"rating_min": "nan"}, "rating_min", "not_a_number"),
        ({"limit": "51"}, "limit", "out_of_range"),
        ({"limit": "0"}, "limit", "out_of_range"),
        ({"limit": "x"}, "limit", "not_a_number"),
        ({"limit": "9" * 5000}, "limit", "out_of_range"),
        ({"offset": "-1"}, "offset", "out_of_range"),
        ({"offset": "1000000"}, "offset", "out_of_range"),
        ({"in_stock": "maybe"}, "in_stock", "not_a_flag"),
        ({"sort": "price; DROP TABLE"}, "sort", "not_a_choice"),
        ({"q": "x" * 10_240}, "q", "too_long"),
        ({"brand": "x" * 201}, "brand", "too_long"),
        ({"brand": ["x"] * 21}, "brand", "too_many"),
        ({"q": "mug\0"}, "q", "control_characters"),
        ({"q": "mug\x1b[2J"}, "q", "control_characters"),
        ({"category": "Men\x07"}, "category", "control_characters"),
        ({"limit": ["1", "2"]}, "limit", "given_twice"),
        ({"without": "weather"}, "without", "unknown_filter"),
    ],
)
def test_bad_input_is_refused_with_field_code_and_what_to_do(
    client: Client, shop: Store, given: dict[str, Any], field: str, code: str
) -> None:
    answer = ask(client, shop, **given)
    assert answer.status_code == 400
    assert (problem(answer)["field"], problem(answer)["code"]) == (field, code)
    assert len(problem(answer)["text"]) > 20
    assert answer["Cache-Control"] == "no-store"


def test_more_parameters_than_anybody_needs_are_refused(client: Client, shop: Store) -> None:
    given: dict[str, Any] = {f"p{number}": "1" for number in range(1500)}
    answer = ask(client, shop, **given)
    assert (answer.status_code, problem(answer)["code"]) == (400, "too_many")


@pytest.mark.parametrize(
    "text",
    ["' OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "../../etc/passwd", "%00%u0000", "💥", "a\tb\nc"],
)
def test_junk_in_a_query_is_mere_words(client: Client, shop: Store, text: str) -> None:
    for name in ("q", "brand", "category", "color"):
        given: dict[str, Any] = {name: text}
        answer = ask(client, shop, **given)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/json"
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_browser_s_accept_header_gets_json_too(client: Client, shop: Store) -> None:
    answer = ask(client, shop, q="<b>mug</b>", headers={"accept": "text/html,application/xml;q=0.9,*/*;q=0.8"})
    assert answer["Content-Type"] == "application/json"


def test_the_store_is_named_by_its_key_in_the_address_or_in_a_header(client: Client, shop: Store) -> None:
    address = reverse("api_product", args=["lamp"])
    assert client.get(address, headers={"x-store-key": shop.public_key}).status_code == 200
    assert client.get(address, {"store": shop.public_key}).status_code == 200


def test_without_a_key_it_says_where_to_put_one(client: Client, db: None) -> None:
    answer = client.get(reverse("api_products_search"))
    assert (answer.status_code, answer.json()["field"], answer.json()["code"]) == (400, "store", "missing")


@pytest.mark.parametrize("key", ["pk_unknown", "x" * 500, "' OR 1=1 --", "pk_\0"])
def test_a_key_of_no_store_opens_nothing(client: Client, shop: Store, key: str) -> None:
    answer = client.get(reverse("api_products_search"), {"store": key})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_store")


def test_the_store_s_id_is_no_key(client: Client, shop: Store) -> None:
    assert client.get(reverse("api_products_search"), {"store": str(shop.pk)}).status_code == 404


def test_another_store_s_key_shows_only_that_store(client: Client, shop: Store, other_store: Store) -> None:
    assert ask(client, other_store, q="jacket").json()["hits"] == []
    found = client.get(reverse("api_product", args=["lamp"]), {"store": other_store.public_key})
    assert found.status_code == 404


def test_signing_in_changes_nothing(client: Client, shop: Store, owner: User) -> None:
    client.force_login(owner)
    assert client.get(reverse("api_products_search")).status_code == 400


@pytest.mark.parametrize("origin", [LISTED, LISTED.upper()])
def test_a_listed_page_may_read_and_no_cookie_may_travel(client: Client, shop: Store, origin: str) -> None:
    answer = ask(client, shop, q="mug", headers={"origin": origin})
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == origin
    assert {name.strip() for name in answer["Vary"].split(",")} >= {"Origin", "X-Store-Key"}
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_listed_page_may_also_read_why_it_was_refused(client: Client, shop: Store) -> None:
    answer = ask(client, shop, price_min="nan", headers={"origin": LISTED})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (400, LISTED)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost:3001", "null", "https://other.example", "http://["]
)
def test_other_pages_are_refused(client: Client, shop: Store, other_store: Store, origin: str) -> None:
    answer = ask(client, shop, q="mug", headers={"origin": origin})
    assert (answer.status_code, problem(answer)["code"]) == (403, "unknown_origin")
    preflight = client.options(
        f"{reverse('api_products_search')}?store={shop.public_key}", headers={"origin": origin}
    )
    for told in (answer, preflight):
        assert not [name for name in told.headers if name.startswith("Access-Control")]


def test_a_page_of_this_installation_may_ask(client: Client, shop: Store) -> None:
    assert ask(client, shop, q="mug", headers={"origin": "http://testserver"}).status_code == 200


def test_too_many_requests_are_told_when_to_come_back(client: Client, shop: Store, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    answers = [ask(client, shop, q="mug", headers={"origin": LISTED}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert problem(answers[-1])["code"] == "throttled"
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1]["Access-Control-Allow-Origin"] == LISTED


def test_refused_requests_count_too(client: Client, shop: Store, settings: Settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    for _ in range(2):
        client.get(reverse("api_products_search"), {"store": "pk_guessed"})
    assert client.get(reverse("api_products_search"), {"store": "pk_guessed"}).status_code == 429


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_over_this_api(client: Client, shop: Store, method: str) -> None:
    answer = getattr(client, method)(f"{reverse('api_products_search')}?store={shop.public_key}")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_what_a_client_has_is_not_sent_again(client: Client, shop: Store) -> None:
    first = ask(client, shop, q="mug", headers={"origin": LISTED})
    assert "max-age=" in first["Cache-Control"]
    again = ask(client, shop, q="mug", headers={"origin": LISTED, "if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == LISTED
    other = ask(client, shop, q="lamp", headers={"if-none-match": first["ETag"]})
    assert other.status_code == 200


@pytest.fixture
def no_index(embeddings: EmbeddingService, tmp_path: Path) -> Iterator[Path]:
    runtime.install(Catalog(embeddings=embeddings, backend=HostClient(tmp_path)))
    yield tmp_path
    runtime.install(None)


def test_without_the_index_it_says_when_to_come_back_and_not_where_it_lies(
    client: Client, store: Store, no_index: Path
) -> None:
    for name, path in (("api_products_search", []), ("api_product", ["lamp"])):
        answer = client.get(reverse(name, args=path), {"store": store.public_key})
        assert (answer.status_code, answer.json()["code"]) == (503, "catalogue_unreachable")
        assert int(answer["Retry-After"]) > 0
        assert str(no_index) not in answer.content.decode()


def test_without_the_database_it_says_when_to_come_back(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> Any:
        raise OperationalError(2006, "MySQL server at 10.0.0.9 has gone away")

    monkeypatch.setattr(Store.objects, "filter", away)
    answer = ask(client, store, q="mug", headers={"origin": LISTED})
    assert (answer.status_code, problem(answer)["code"]) == (503, "catalogue_unreachable")
    assert int(answer["Retry-After"]) > 0
    assert "10.0.0.9" not in answer.content.decode()


def test_the_description_names_every_parameter_and_every_refusal_and_shows_an_answer() -> None:
    written = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=written)
    described = json.loads(written.getvalue())["paths"]["/api/v1/products/search"]["get"]
    shown = described["responses"]["200"]["content"]["application/json"]["examples"]
    assert next(iter(shown.values()))["value"]["filters"][1] == {"key": "price", "label": "under $60"}
    parameters = {one["name"]: one for one in described["parameters"]}
    assert {"q", "store", "price_min", "brand", "without", "explain"} <= set(parameters)
    assert parameters["price_min"]["schema"]["minimum"] == 0
    assert parameters["limit"]["schema"]["maximum"] == 50
    assert set(described["responses"]) == {"200", "400", "403", "404", "429", "503"}

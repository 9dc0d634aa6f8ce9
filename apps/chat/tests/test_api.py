"""The chat over HTTP: read with the session's own token, from exactly the store's origins."""

from __future__ import annotations

import io
import json
import uuid

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Store, User
from apps.catalog.engine.catalog import Catalog
from apps.catalog.product import Product
from apps.chat import cart, messages, sessions
from apps.chat.models import ChatSession, Message
from apps.chat.parts import Part, ProductsPart, TextPart

pytestmark = [pytest.mark.django_db, pytest.mark.urls("apps.chat.urls")]

LISTED = "http://localhost:3000"


@pytest.fixture
def session(store: Store, catalog: Catalog) -> ChatSession:
    session = sessions.open_session(store=store)
    messages.append(session=session, author=Message.Author.SHOPPER, text="A mug?", client_id="m1")
    parts: list[Part] = [TextPart(text="Here:"), ProductsPart(product_ids=["mug"])]
    messages.append(session=session, author=Message.Author.ASSISTANT, text="Here:", parts=parts)
    return session


def path(session: ChatSession, name: str = "chat_messages") -> str:
    return reverse(name, kwargs={"session_id": session.pk})


def proof(session: ChatSession) -> dict[str, str]:
    return {"authorization": f"Session {sessions.token_for(session)}"}


def test_a_session_is_read_with_its_token(client: Client, session: ChatSession, shelf: list[Product]) -> None:
    answer = client.get(path(session), headers=proof(session))
    assert answer.status_code == 200
    question, reply = answer.json()["messages"]
    assert answer.json()["seq"] == 2
    assert (question["client_id"], question["author"]["kind"]) == ("m1", "shopper")
    assert reply["parts"][1]["items"][0]["price"] == 14.0


def test_only_what_came_after_is_told(client: Client, session: ChatSession) -> None:
    answer = client.get(path(session), {"after": "1"}, headers=proof(session))
    assert [message["seq"] for message in answer.json()["messages"]] == [2]


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "9" * 50, "\u0663"])
def test_a_strange_after_means_from_the_start(client: Client, session: ChatSession, after: str) -> None:
    answer = client.get(path(session), {"after": after}, headers=proof(session))
    assert len(answer.json()["messages"]) == 2


@pytest.mark.parametrize(
    "authorization", [None, "", "Session", "Session ", "Session nonsense", "Bearer x", "session \U0001f642"]
)
def test_without_a_good_token_nothing_is_told(
    client: Client, session: ChatSession, authorization: str | None
) -> None:
    headers = {"authorization": authorization} if authorization is not None else {}
    answer = client.get(path(session), headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "bad_token"


def test_the_token_of_another_session_opens_only_its_own(
    client: Client, session: ChatSession, store: Store, other_store: Store
) -> None:
    for place in (store, other_store):
        foreign = sessions.open_session(store=place)
        answer = client.get(path(session), headers=proof(foreign))
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


def test_a_signed_in_person_needs_the_token_too(client: Client, session: ChatSession, owner: User) -> None:
    client.force_login(owner)
    assert client.get(path(session)).status_code == 401


def test_a_session_that_does_not_exist_is_no_different(client: Client, session: ChatSession) -> None:
    gone = reverse("chat_messages", kwargs={"session_id": uuid.uuid4()})
    assert client.get(gone, headers=proof(session)).status_code == 401


def test_the_cart_is_read_with_the_token(
    client: Client, session: ChatSession, store: Store, shelf: list[Product]
) -> None:
    cart.set_quantity(store=store, visitor=session.visitor, product_id="mug", quantity=2)
    answer = client.get(path(session, "chat_cart"), headers=proof(session))
    assert (answer.json()["count"], answer.json()["total"]) == (2, 28.0)
    assert client.get(path(session, "chat_cart")).status_code == 401


def test_a_store_s_config_is_public(client: Client, store: Store, catalog: Catalog) -> None:
    answer = client.get(reverse("chat_store_config", kwargs={"public_key": store.public_key}))
    assert answer.status_code == 200
    assert answer.json()["store"] == "Corner Shop"
    assert "allowed_origins" not in answer.content.decode()


def test_an_unknown_store_has_no_config(client: Client, db: None) -> None:
    answer = client.get(reverse("chat_store_config", kwargs={"public_key": "pk_unknown"}))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_store")


def test_suggestions_come_from_the_largest_categories(client: Client, store: Store, shelf: list[Product]) -> None:
    answer = client.get(reverse("chat_store_config", kwargs={"public_key": store.public_key}))
    assert answer.json()["suggestions"][0] == "Show me jackets"


def test_a_listed_origin_may_read_and_no_cookie_may_travel(client: Client, session: ChatSession) -> None:
    answer = client.get(path(session), headers={**proof(session), "origin": LISTED})
    assert answer["Access-Control-Allow-Origin"] == LISTED
    assert answer["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_listed_origin_may_also_read_why_it_was_refused(client: Client, session: ChatSession) -> None:
    answer = client.get(path(session), headers={"origin": LISTED})
    assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (401, LISTED)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost:3001", "null", "https://other.example"]
)
def test_other_origins_are_not_told_that_they_may(
    client: Client, session: ChatSession, other_store: Store, origin: str
) -> None:
    for method in (client.get, client.options):
        answer = method(path(session), headers={**proof(session), "origin": origin})
        assert not [name for name in answer.headers if name.startswith("Access-Control")]
        assert answer["Vary"] == "Origin"


def test_a_preflight_of_a_listed_origin_needs_no_token(client: Client, session: ChatSession) -> None:
    asked = {"origin": LISTED, "access-control-request-headers": "authorization"}
    answer = client.options(path(session), headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Origin"] == LISTED
    assert answer["Access-Control-Allow-Headers"] == "authorization"
    assert answer["Access-Control-Allow-Methods"] == "GET, OPTIONS"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written_over_this_api(client: Client, session: ChatSession, method: str) -> None:
    assert getattr(client, method)(path(session), headers=proof(session)).status_code == 405


@pytest.mark.urls("eaichat.urls")
def test_the_description_of_the_api_is_valid_and_names_the_answers(db: None) -> None:
    written = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", stdout=written)
    schema = json.loads(written.getvalue())
    answer = schema["paths"]["/api/v1/chat/sessions/{session_id}/messages"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Transcript"}

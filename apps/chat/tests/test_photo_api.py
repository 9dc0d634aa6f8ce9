"""`POST /chat/sessions/<id>/photo`, and the message that brings its answer along."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.test import AsyncClient, Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from apps.accounts.database import in_database
from apps.accounts.models import Store, User
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.images.decoding import MOST_BYTES
from apps.catalog.tests.picture_server import encoded
from apps.catalog.tests.pictured import pictured_mugs
from apps.chat import photos, sessions, wire
from apps.chat.models import ChatSession, Message
from apps.chat.tests.conftest import OpenPage
from apps.chat.tests.desk import TestDesk
from apps.chat.tests.page import Page
from apps.chat.tests.test_takeover import take_over

pytestmark = pytest.mark.django_db(transaction=True)

LISTED = "http://localhost:3000"


@pytest.fixture
def shop(store: Store, catalog: Catalog, other_index_host: Path, tmp_path: Path) -> Iterator[Store]:
    """A store with a red mug for 5 and a blue one for 50, and a model that sees colours."""
    with pictured_mugs(store, host=other_index_host, directory=tmp_path):
        yield store


@pytest.fixture
def session(shop: Store) -> ChatSession:
    return sessions.open_session(store=shop)


def send(client: Client, session: ChatSession, body: bytes, *, kind: str = "image/jpeg", **given: str) -> Any:
    proof = {"authorization": f"Session {sessions.token_for(session)}", "origin": LISTED}
    return client.post(address(session.pk, **given), data=body, content_type=kind, headers=proof)


def address(session_id: uuid.UUID, **given: str) -> str:
    return reverse("chat_photo", kwargs={"session_id": session_id}, query=given)


async def upload(page: Page, colour: str, **given: str) -> str:
    proof = {"authorization": f"Session {page.token}"}
    place = address(page.session, **given)
    answer = await AsyncClient().post(place, data=encoded(colour), content_type="image/png", headers=proof)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["photo"])


@in_database
def stored() -> list[str]:
    return list(Message.objects.values_list("text", flat=True))


# --- the upload -------------------------------------------------------------------------------------------------
def test_a_photo_is_looked_at_and_nothing_of_it_is_kept(client: Client, session: ChatSession) -> None:
    answer = send(client, session, encoded("red", kind="JPEG"), q="under $60")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer["Access-Control-Allow-Origin"] == LISTED
    found = photos.read_note(answer.json()["photo"], session_id=session.pk)
    assert (found.among, found.price_max) == (["red"], 60.0)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"<svg/>", "image/svg+xml", 400, "bad_image"),
        (b"", "image/jpeg", 400, "bad_image"),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), "image/jpeg", 400, "bad_image"),
    ],
    ids=["a drawing", "nothing", "too large"],
)
def test_what_is_no_picture_is_refused_in_words(
    client: Client, session: ChatSession, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = send(client, session, body, kind=kind)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["text"].startswith("This picture cannot be used")
    assert send(client, session, b"{}", kind="application/json").status_code == 415


@pytest.mark.parametrize("token", ["", "Session", "Session nonsense", "Bearer x"])
def test_without_the_sessions_token_no_photo_is_looked_at(
    client: Client, session: ChatSession, token: str
) -> None:
    headers = {"authorization": token}
    answer = client.post(address(session.pk), data=encoded("red"), content_type="image/png", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")


def test_the_token_of_another_session_is_none(client: Client, session: ChatSession, shop: Store) -> None:
    other = sessions.open_session(store=shop)
    headers = {"authorization": f"Session {sessions.token_for(other)}"}
    answer = client.post(address(session.pk), data=encoded("red"), content_type="image/png", headers=headers)
    assert answer.status_code == 401


def test_a_page_of_the_store_may_send_one_and_no_other_page(client: Client, session: ChatSession) -> None:
    listed = client.options(address(session.pk), headers={"origin": LISTED})
    assert listed["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert listed["Access-Control-Allow-Headers"] == "authorization, content-type"
    foreign = client.options(address(session.pk), headers={"origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in foreign


def test_one_conversation_sends_few_photos_a_minute(
    client: Client, session: ChatSession, shop: Store, settings: Settings
) -> None:
    settings.CHAT_MESSAGES_PER_MINUTE = 20
    answers = [send(client, session, encoded("red")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert answers[-1].json()["text"].startswith("Too many photos at once. Try again in ")
    assert send(client, sessions.open_session(store=shop), encoded("red")).status_code == 200


def test_while_a_person_has_it_the_photo_is_not_looked_at(
    client: Client, session: ChatSession, agent: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Catalog, "search_image_within", None)
    session.owner = ChatSession.Owner.QUEUE
    session.save()
    answer = send(client, session, encoded("red"))
    assert (answer.status_code, answer.json()["code"]) == (409, "with_person")
    assert "was not searched" in answer.json()["text"]


def test_an_index_that_is_away_is_said_without_its_address(
    client: Client, session: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*given: object, **named: object) -> None:
        raise CatalogError("index_unreachable", "/secret/path does not answer", retryable=True)

    monkeypatch.setattr(Catalog, "search_image_within", away)
    answer = send(client, session, encoded("red"))
    assert (answer.status_code, answer.json()["code"]) == (503, "catalogue_unreachable")
    assert "secret" not in answer.json()["text"]


def test_the_page_knows_whether_a_photo_can_find_anything(
    shop: Store, other_store: Store, other_index_host: Path, client: Client, session: ChatSession
) -> None:
    assert wire.config(shop, wire.settings_of(shop)).photos
    assert not wire.config(other_store, wire.settings_of(other_store)).photos
    runtime.install(Catalog(embeddings=EmbeddingService(HashingEmbedder), backend=HostClient(other_index_host)))
    assert not wire.config(shop, wire.settings_of(shop)).photos
    answer = send(client, session, encoded("red"))
    assert (answer.status_code, answer.json()["code"]) == (404, "no_image_model")


# --- the message ------------------------------------------------------------------------------------------------
async def test_the_message_with_a_photo_is_answered_like_any_other(open_page: OpenPage, shop: Store) -> None:
    page = await open_page()
    note = await upload(page, "red")
    for _ in range(2):  # the page sends it again when it does not hear that it came
        await page.send("message.send", id="m1", text="", photo=note)
        await page.until("message.accepted", id="m1")
    await page.until("turn.end", state="complete")
    answer = next(frame for frame in page.of("message") if frame["author"]["kind"] == "assistant")
    cards = [item for part in answer["parts"] if part["type"] == "products" for item in part["items"]]
    assert [card["title"] for card in cards] == ["red mug"]
    asked, _ = await stored()
    assert asked == "Sent a photo"
    again = await open_page(token=page.token)
    assert (await again.until("message", client_id="m1"))["parts"] == [{"type": "photo"}]


async def test_the_same_id_with_other_words_is_a_conflict(open_page: OpenPage, shop: Store) -> None:
    page = await open_page()
    note = await upload(page, "red")
    await page.send("message.send", id="m1", text="", photo=note)
    await page.until("turn.end")
    await page.send("message.send", id="m1", text="under $5", photo=note)
    assert (await page.refused())["code"] == "conflict"


async def test_a_note_that_is_not_this_sessions_is_refused(
    open_page: OpenPage, shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, other = await open_page(), await open_page()
    note = await upload(page, "red")
    for socket, photo in ((other, note), (page, "forged"), (page, signing.dumps({"session": page.session.hex}))):
        await socket.send("message.send", id="m1", text="", photo=photo)
        assert (await socket.refused())["code"] == "photo_gone"
    monkeypatch.setattr(photos, "NOTE_SECONDS", -1)
    await page.send("message.send", id="m1", text="", photo=note)
    assert (await page.refused())["code"] == "photo_gone"
    assert await stored() == []


async def test_a_message_that_is_stored_is_acknowledged_also_when_its_note_is_too_old(
    open_page: OpenPage, shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await open_page()
    note = await upload(page, "red")
    await page.send("message.send", id="m1", text="", photo=note)
    await page.until("turn.end")
    monkeypatch.setattr(photos, "NOTE_SECONDS", -1)
    again = await open_page(token=page.token)
    await again.send("message.send", id="m1", text="", photo=note)
    await again.until("message.accepted", id="m1")
    assert (await stored())[0] == "Sent a photo"
    assert len(await stored()) == 2
    await again.send("message.send", id="m2", text="", photo=note)
    assert (await again.refused())["code"] == "photo_gone"


async def test_when_a_person_took_over_meanwhile_the_desk_hears_only_that_there_was_one(
    open_page: OpenPage, shop: Store, agent: User, desk: TestDesk
) -> None:
    page = await open_page()
    note = await upload(page, "red", q="under $60")
    await take_over(page.session, agent)
    await page.send("message.send", id="m1", text="under $60", photo=note)
    await page.until("message.accepted", id="m1")
    assert (await stored())[-1] == "Sent a photo: under $60"
    assert desk.heard == ["Sent a photo: under $60"]

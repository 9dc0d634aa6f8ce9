"""The desk's pages in the admin without their scripts: forms that work by themselves, JSON for the scripts."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from django.test import Client

from apps.accounts.models import Store, User
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.product import Product
from apps.chat.models import CartItem, ChatSession, Message
from apps.chat.parts import FiltersPart, OrderPart, Part, PhotoPart, ProductsPart, TextPart
from apps.hitl import services
from apps.hitl.models import Escalation
from apps.hitl.tests.conftest import Waiting, say

QUEUE = "/admin/hitl/escalation/"


def _address(escalation: Escalation, action: str = "change") -> str:
    return f"{QUEUE}{escalation.pk}/{action}/"


def _as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _html(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response
    return response.content.decode()


def test_the_queue_lists_who_waits_yours_and_your_colleagues(
    store: Store, agent: User, colleague: User, waiting: Waiting
) -> None:
    waiting(store, reason="A refund")
    waiting(store, reason="A second one")
    mine, theirs = waiting(store, reason="Mine"), waiting(store, reason="Theirs")
    services.take_over(escalation_id=mine.pk, agent=agent)
    services.take_over(escalation_id=theirs.pk, agent=colleague)

    html = _html(_as(agent), QUEUE)

    headings = re.findall(r"<h2>(.*?) <span class=\"desk-count\">(\d)</span>", html)
    assert headings == [("Waiting", "2"), ("Yours", "1"), ("With colleagues", "1")]
    assert html.index("A refund") < html.index("A second one") < html.index("Mine") < html.index("Theirs")
    assert "Next" in html
    assert "No. 2 in the queue" in html


def test_an_empty_queue_says_so_and_what_to_do(agent: User) -> None:
    html = _html(_as(agent), QUEUE)
    assert "Nobody waits" in html
    assert "Nobody is at the desk" in html


@pytest.mark.parametrize("address", [QUEUE, "/admin/"])
def test_the_number_of_who_waits_stands_on_every_page(
    store: Store, other_store: Store, agent: User, waiting: Waiting, address: str
) -> None:
    waiting(store)
    waiting(store)
    waiting(other_store)
    assert "<span data-desk-count>2</span>" in _html(_as(agent), address)


def test_an_agent_of_another_store_sees_nothing(store: Store, other_agent: User, waiting: Waiting) -> None:
    escalation = waiting(store, reason="Private matter")
    client = _as(other_agent)
    assert "Private matter" not in _html(client, QUEUE)

    response = client.get(_address(escalation), follow=True)
    assert response.redirect_chain == [(QUEUE, 302)]
    assert "does not exist, or you do not answer for its store" in response.content.decode()
    for action in ("take", "reply", "hand-back"):
        answer = client.post(_address(escalation, action), {"text": "hi"}, headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown")


def test_staff_who_answer_for_no_store_find_no_queue(store: Store, waiting: Waiting) -> None:
    clerk = User.objects.create_user("clerk@example.com", "a long passphrase", is_staff=True)
    client = _as(clerk)
    assert "desk-link" not in _html(client, "/admin/")
    assert client.get("/admin/hitl/").status_code in (403, 404)
    assert "No store to answer for" in _html(client, QUEUE)


def test_who_is_not_staff_is_sent_to_sign_in(store: Store, viewer: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    response = _as(viewer).get(_address(escalation))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_an_address_that_is_no_conversation_leads_back_to_the_queue(agent: User) -> None:
    for address in (f"{QUEUE}nonsense/change/", f"{QUEUE}{uuid.uuid4()}/change/"):
        assert _as(agent).get(address).headers["Location"] == QUEUE


def test_the_conversation_shows_what_the_shopper_saw_and_why(
    store: Store, agent: User, session: ChatSession, waiting: Waiting, catalog: Catalog
) -> None:
    jacket = Product(product_id="p1", title="Harbour Rain Jacket", price=59.5, in_stock=True)
    catalog.index(store_id=str(store.pk), products=[jacket], sync_run="1")
    CartItem.objects.create(store=store, visitor=session.visitor, product_id="p1", quantity=2)
    say(session, "a jacket <script>alert(1)</script>")
    say(session, "Sent a photo: in blue", parts=[PhotoPart(), TextPart(text="in blue")])
    parts: list[Part] = [
        FiltersPart(labels=["under $60"]),
        TextPart(text="Look:"),
        ProductsPart(product_ids=["p1", "gone"]),
    ]
    say(session, "Look:", author=Message.Author.ASSISTANT, parts=parts)
    order = OrderPart(number="1001", status="shipped", placed_at="2026-11-01", tracking="TR-7")
    say(session, "", author=Message.Author.ASSISTANT, parts=[order])
    say(session, "It is", author=Message.Author.ASSISTANT, complete=False)
    escalation = waiting(session=session, reason="Is unhappy")

    html = _html(_as(agent), _address(escalation))

    transcript, panel = html.split("data-desk-panel aria-label")
    assert "<script>alert" not in html
    for text in (
        "a jacket &lt;script&gt;",
        "The shopper sent a photo (not kept).",
        "in blue",
        "under $60",
        "Harbour Rain Jacket",
        "59.50 USD",
        "In stock",
        "Order 1001",
    ):
        assert text in transcript
    assert "This answer was cut off." in transcript
    assert "asked for a person." in transcript
    for text in ("Is unhappy", "2 messages, 2 products shown", "&times; 2", "119.00 USD", "Order 1001"):
        assert text in panel


@pytest.mark.parametrize("page", ["queue", "conversation", "index"])
def test_no_page_needs_inline_scripts_or_styles(store: Store, agent: User, waiting: Waiting, page: str) -> None:
    escalation = waiting(store)
    addresses = {"queue": QUEUE, "conversation": _address(escalation), "index": "/admin/"}
    html = _html(_as(agent), addresses[page])
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)


def test_the_forms_work_without_scripts(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    client = _as(agent)
    assert 'data-mine="no"' in _html(client, _address(escalation))

    answer = client.post(_address(escalation, "take"))
    assert (answer.status_code, answer.headers["Location"]) == (302, _address(escalation))
    html = _html(client, _address(escalation))
    assert 'data-mine="yes"' in html
    found = re.search(r'name="client_id" value="(\w+)"', html)
    assert found is not None

    for _ in range(2):  # the button was pressed twice
        client.post(_address(escalation, "reply"), {"text": "Hello\r\nthere", "client_id": found[1]})
    (message,) = Message.objects.filter(session=escalation.session_id, author=Message.Author.AGENT)
    assert (message.text, message.agent) == ("Hello\nthere", agent)

    client.post(_address(escalation, "hand-back"))
    assert "Handed back by Agent" in _html(client, _address(escalation))


def test_a_reply_that_names_a_product_carries_its_card(
    store: Store, agent: User, waiting: Waiting, catalog: Catalog
) -> None:
    mug = Product(product_id="m1", title="Speckled Stoneware Mug", price=14.0)
    catalog.index(store_id=str(store.pk), products=[mug], sync_run="1")
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=agent)
    client = _as(agent)
    client.post(_address(escalation, "reply"), {"text": "Take the Speckled Stoneware Mug", "client_id": "1"})

    message = Message.objects.get(session=escalation.session_id, author=Message.Author.AGENT)
    assert [part["type"] for part in message.parts] == ["text", "products"]
    assert "14.00 USD" in _html(client, _address(escalation))
    escalation.session.refresh_from_db()
    assert escalation.session.dialogue["last_products"] == ["m1"]


def test_refusals_are_said_in_words_with_and_without_scripts(
    store: Store, agent: User, colleague: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=colleague)
    client = _as(agent)

    answer = client.post(_address(escalation, "take"), headers={"accept": "application/json"})
    assert answer.status_code == 409
    assert answer.json() == {"code": "taken", "text": "Noor has this conversation now."}
    page = client.post(_address(escalation, "reply"), {"text": "Me too"}, follow=True)
    assert "Noor has this conversation now; nothing was sent." in page.content.decode()
    assert not Message.objects.filter(author=Message.Author.AGENT).exists()

    taken = client.post(
        _address(escalation, "take"), {"instead_of": str(colleague.pk)}, headers={"accept": "application/json"}
    )
    assert taken.status_code == 200


def test_only_a_post_with_a_token_changes_anything(store: Store, agent: User, waiting: Waiting) -> None:
    escalation = waiting(store)
    assert _as(agent).get(_address(escalation, "take")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(agent)
    assert strict.post(_address(escalation, "take")).status_code == 403
    escalation.refresh_from_db()
    assert escalation.state == Escalation.State.WAITING


def test_nobody_adds_changes_or_deletes_escalations_by_hand(store: Store, waiting: Waiting) -> None:
    escalation = waiting(store)
    root = User.objects.create_superuser("root@example.com", "a long passphrase")
    client = _as(root)
    assert client.get(f"{QUEUE}add/").status_code == 403
    assert client.post(_address(escalation, "delete"), {"post": "yes"}).status_code == 403
    assert Escalation.objects.filter(pk=escalation.pk).exists()


def test_a_superuser_sees_every_store_and_its_name(store: Store, other_store: Store, waiting: Waiting) -> None:
    waiting(store)
    waiting(other_store)
    root = User.objects.create_superuser("root@example.com", "a long passphrase")
    html = _html(_as(root), QUEUE)
    assert "Corner Shop" in html
    assert "Other Shop" in html


def test_the_page_opens_while_the_index_is_away(
    store: Store, agent: User, session: ChatSession, waiting: Waiting, away: None
) -> None:
    say(session, "Look", author=Message.Author.ASSISTANT, parts=[ProductsPart(product_ids=["p1"])])
    CartItem.objects.create(store=store, visitor=session.visitor, product_id="p1", quantity=2)
    html = _html(_as(agent), _address(waiting(session=session)))
    assert "2 items; the catalogue does not answer just now." in html


@pytest.fixture
def away(tmp_path: Path, catalog: Catalog) -> None:
    """An index host that nobody started."""
    runtime.install(Catalog(embeddings=catalog.embeddings, backend=HostClient(tmp_path / "nowhere")))


def test_a_products_address_that_is_no_page_is_not_a_link(
    store: Store, agent: User, session: ChatSession, waiting: Waiting, catalog: Catalog
) -> None:
    bad = Product(product_id="x", title="Bad Lamp", url="javascript:alert(1)")
    good = Product(product_id="y", title="Good Lamp", url="https://shop.example/lamp")
    catalog.index(store_id=str(store.pk), products=[bad, good], sync_run="1")
    say(session, "Look", author=Message.Author.ASSISTANT, parts=[ProductsPart(product_ids=["x", "y"])])
    html = _html(_as(agent), _address(waiting(session=session)))
    assert "javascript:" not in html
    assert 'href="https://shop.example/lamp"' in html
    assert "Bad Lamp" in html


def test_a_conversation_whose_agent_is_gone_can_be_taken_over(
    store: Store, agent: User, colleague: User, waiting: Waiting
) -> None:
    escalation = waiting(store)
    services.take_over(escalation_id=escalation.pk, agent=colleague)
    colleague.delete()
    client = _as(agent)
    assert "Nobody answers" in _html(client, _address(escalation))
    client.post(_address(escalation, "take"), {"instead_of": ""})
    assert 'data-mine="yes"' in _html(client, _address(escalation))

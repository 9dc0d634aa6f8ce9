"""What is written is what is read, and what differs stays apart: on every database the same."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Invitation, Store, User, WorkflowStart
from apps.chat import messages, sessions, turn_store
from apps.chat.models import CartItem, ChatSession, Message, ToolCall

pytestmark = pytest.mark.django_db

TEXT = "Größe 42 — 寿司 🍣👩🏽‍🚀 𝒜𐍈 שלום"
NEARLY = [("ABC", "abc"), ("café", "cafe"), ("pin-🍎", "pin-🍐"), ("Straße", "Strasse"), ("ⅷ", "viii")]


@pytest.fixture
def session(store: Store) -> ChatSession:
    return sessions.open_session(store=store)


def test_every_letter_survives_in_text_names_and_json(session: ChatSession) -> None:
    stored = messages.append(
        session=session, author=Message.Author.SHOPPER, text=TEXT, record={TEXT: [TEXT]}, client_id=TEXT
    )
    session.store.name = TEXT
    session.store.save()
    found = Message.objects.select_related("session__store").get(pk=stored.pk)
    assert (found.text, found.client_id, found.record, found.session.store.name) == (
        TEXT,
        TEXT,
        {TEXT: [TEXT]},
        TEXT,
    )
    assert Message.objects.filter(text__contains="🍣").exists()


@pytest.mark.parametrize(("one", "other"), NEARLY)
def test_identifiers_that_nearly_agree_are_two(session: ChatSession, one: str, other: str) -> None:
    for name in (one, other):
        CartItem.objects.create(store=session.store, visitor=session.visitor, product_id=name, quantity=1)
        turn_store.accept(session_id=session.pk, client_id=name, text=f"I am {name}")
        ToolCall.objects.create(id=name, session=session, name="echo")
        WorkflowStart.objects.create(workflow=name)
    assert CartItem.objects.get(product_id=one).product_id == one
    assert Message.objects.get(client_id=other).text == f"I am {other}"
    assert ToolCall.objects.get(pk=one).pk == one
    assert WorkflowStart.objects.get(workflow=other).workflow == other


@pytest.mark.parametrize(("one", "other"), NEARLY)
def test_keys_and_tokens_open_only_their_own_door(store: Store, one: str, other: str) -> None:
    Store.objects.filter(pk=store.pk).update(public_key=one)
    Invitation.objects.create(
        store=store, email="a@example.com", role="agent", token=one, expires_at=timezone.now()
    )
    assert not Store.objects.filter(public_key=other).exists()
    assert not Invitation.objects.filter(token=other).exists()


def test_an_address_is_one_person_in_any_case() -> None:
    kept = User.objects.create(email="Maya.Lind@Example.COM")
    assert kept.email == "maya.lind@example.com"
    for typed in ("maya.lind@example.com", "MAYA.LIND@EXAMPLE.COM"):
        assert User.objects.get(email=typed) == User.objects.get(email__iexact=typed) == kept
    assert User.objects.filter(email__icontains="LIND").exists()
    assert not User.objects.filter(email="máya.lind@example.com").exists()
    assert not User.objects.filter(email__iexact="máya.lind@example.com").exists()


def test_names_are_found_in_any_case(store: Store) -> None:
    assert Store.objects.filter(name__icontains="corner SHOP").exists()


@pytest.mark.mysql
@pytest.mark.parametrize("zone", ["+05:00", "-11:00"])
def test_the_clock_of_the_server_does_not_matter(session: ChatSession, zone: str) -> None:
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute("SET time_zone = %s", [zone])
    try:
        ChatSession.objects.filter(pk=session.pk).update(created_at=moment)
        found = ChatSession.objects.filter(created_at__date=moment.date(), created_at__hour=1).get(pk=session.pk)
        assert found.created_at == moment
        fresh = sessions.open_session(store=session.store, visitor=uuid.uuid4())
        assert abs(ChatSession.objects.get(pk=fresh.pk).created_at - timezone.now()) < timedelta(minutes=1)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET time_zone = DEFAULT")


@pytest.mark.mysql
def test_tables_connection_and_identifiers_have_their_collations() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@collation_connection, @@character_set_client, @@collation_database")
        assert cursor.fetchone() == ("utf8mb4_unicode_520_ci", "utf8mb4", "utf8mb4_unicode_520_ci")
        cursor.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns"
            " WHERE table_schema = DATABASE() AND collation_name IS NOT NULL AND data_type = 'varchar'"
        )
        found = {f"{table}.{column}": collation for table, column, collation in cursor.fetchall()}
    exact = {name for name, collation in found.items() if collation == "utf8mb4_bin"}
    assert exact == {
        "accounts_user.email",
        "accounts_store.public_key",
        "accounts_invitation.email",
        "accounts_invitation.token",
        "accounts_workflowstart.workflow",
        "connectors_connectorconfig.platform",
        "connectors_connectorconfig.product_prefix",
        "connectors_setasideproduct.product_id",
        "catalog_searchrule.kind",
        "catalog_searchrule.match",
        "catalog_searchrule.key",
        "chat_message.client_id",
        "chat_cartitem.product_id",
        "chat_toolcall.id",
        "hitl_escalationevent.client_id",
        "demo_demoorder.email",
    }
    assert {found[name] for name in found.keys() - exact} == {"utf8mb4_unicode_520_ci"}

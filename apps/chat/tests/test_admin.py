"""Conversations in the admin: read by those who may, changed by nobody."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission as DjangoPermission
from django.test import Client

from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import Role
from apps.chat import messages, sessions
from apps.chat.models import ChatSession, Message

pytestmark = pytest.mark.django_db

LIST = "/admin/chat/chatsession/"


@pytest.fixture
def session(store: Store) -> ChatSession:
    session = sessions.open_session(store=store)
    messages.append(session=session, author=Message.Author.SHOPPER, text="Is the <b>mug</b> blue?")
    return session


def page(session: ChatSession) -> str:
    return f"{LIST}{session.pk}/change/"


def test_an_agent_reads_conversations_of_their_store(client: Client, agent: User, session: ChatSession) -> None:
    client.force_login(agent)
    assert str(session.pk) in client.get(LIST).content.decode()
    transcript = client.get(page(session)).content.decode()
    assert "Is the &lt;b&gt;mug&lt;/b&gt; blue?" in transcript
    assert "Shopper" in transcript


def test_conversations_of_other_stores_are_not_there(
    client: Client, agent: User, other_store: Store, session: ChatSession
) -> None:
    foreign = sessions.open_session(store=other_store)
    client.force_login(agent)
    assert str(foreign.pk) not in client.get(LIST).content.decode()
    assert client.get(page(foreign)).status_code == 302


def test_the_filter_names_no_other_store(client: Client, agent: User, store: Store, session: ChatSession) -> None:
    # Two readable stores, so that the filter is shown at all.
    second = Store.objects.create(name="Our second shop")
    Membership.objects.create(user=agent, store=second, role=Role.AGENT)
    sessions.open_session(store=second)
    Store.objects.create(name="Somebody's secret shop")
    client.force_login(agent)
    listed = client.get(LIST).content.decode()
    assert "Our second shop" in listed
    assert "secret shop" not in listed


def test_a_superuser_reads_all(client: Client, session: ChatSession, other_store: Store) -> None:
    foreign = sessions.open_session(store=other_store)
    client.force_login(User.objects.create_superuser("root@example.com", "a long passphrase"))
    listed = client.get(LIST).content.decode()
    assert str(session.pk) in listed
    assert str(foreign.pk) in listed


def test_who_may_not_read_conversations_gets_nothing(client: Client, viewer: User, session: ChatSession) -> None:
    viewer.is_staff = True
    viewer.save()
    viewer.user_permissions.set(DjangoPermission.objects.filter(codename__endswith="_chatsession"))
    client.force_login(viewer)
    assert client.get(LIST).status_code == 403
    assert client.get(page(session)).status_code == 403


@pytest.mark.parametrize("path", ["add/", "{session}/delete/"])
def test_nothing_is_added_or_deleted_here(client: Client, session: ChatSession, path: str) -> None:
    client.force_login(User.objects.create_superuser("root@example.com", "a long passphrase"))
    assert client.get(LIST + path.format(session=session.pk)).status_code == 403


def test_nothing_is_changed_here(client: Client, owner: User, session: ChatSession) -> None:
    client.force_login(owner)
    assert client.post(page(session), {"owner": "agent"}).status_code == 403
    session.refresh_from_db()
    assert session.owner == "assistant"


def test_a_word_that_was_said_finds_the_conversation(client: Client, owner: User, session: ChatSession) -> None:
    client.force_login(owner)
    assert str(session.pk) in client.get(LIST, {"q": "mug"}).content.decode()
    assert str(session.pk) not in client.get(LIST, {"q": "lamp"}).content.decode()

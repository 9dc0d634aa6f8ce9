"""People and conversations at the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from django.db import transaction

from apps.accounts import live
from apps.accounts.database import in_database
from apps.accounts.models import Membership, Store, User
from apps.accounts.permissions import Role
from apps.accounts.tests.machine import PATIENCE_S
from apps.catalog.engine.catalog import Catalog
from apps.chat import handoff, messages, sessions
from apps.chat.models import ChatSession, Message
from apps.chat.parts import Part
from apps.hitl.models import Escalation
from apps.hitl.tests.desk_page import Open, Page, signed_in, socket

Waiting = Callable[..., Escalation]


@pytest.fixture(autouse=True)
def index(catalog: Catalog) -> Catalog:
    """The desk shows products everywhere, so every test here has a real index."""
    return catalog


@pytest.fixture
def colleague(store: Store) -> User:
    """A second agent of the store."""
    user = User.objects.create_user("colleague@example.com", "a long passphrase", name="Noor", is_staff=True)
    Membership.objects.create(user=user, store=store, role=Role.AGENT.value)
    return user


@pytest.fixture
def other_agent(other_store: Store) -> User:
    """An agent of another store."""
    user = User.objects.create_user("other@example.com", "a long passphrase", name="Otto", is_staff=True)
    Membership.objects.create(user=user, store=other_store, role=Role.AGENT.value)
    return user


@pytest.fixture
def session(store: Store) -> ChatSession:
    return sessions.open_session(store=store)


@pytest.fixture
def waiting() -> Waiting:
    """Makes an escalation: `waiting(store)` or `waiting(session=...)`; asks as the shopper's chat does."""

    def make(store: Store | None = None, *, session: ChatSession | None = None, reason: str = "") -> Escalation:
        if session is None:
            assert store is not None
            session = sessions.open_session(store=store)
        handoff.ask(session_id=session.pk, reason=reason)
        return Escalation.objects.select_related("session", "store").get(session=session, is_open=True)

    return make


def say(
    session: ChatSession,
    text: str,
    *,
    author: Message.Author = Message.Author.SHOPPER,
    parts: list[Part] | None = None,
    **fields: object,
) -> Message:
    """Write a line as the turn loop does, without a turn."""
    with transaction.atomic():
        locked = sessions.locked(session.pk)
        message = messages.append(session=locked, author=author, text=text, parts=parts, **fields)  # type: ignore[arg-type]  # fields are the caller's
        if author == Message.Author.SHOPPER and locked.owner != ChatSession.Owner.ASSISTANT:
            handoff.desk().delivered(session=locked, message=message)
    return message


@pytest_asyncio.fixture
async def open_page() -> AsyncIterator[Open]:
    """Opens the desk for a person; every page is closed at the end."""
    pages: list[Page] = []

    async def open_for(user: User) -> Page:
        page = Page(socket(await in_database(signed_in)(user)))
        connected, _ = await page.socket.connect(timeout=PATIENCE_S)
        assert connected
        pages.append(page)
        return page

    yield open_for
    for page in pages:
        await page.socket.disconnect(timeout=PATIENCE_S)
    live.use_loop(None)

"""The same conversation from two processes at the same moment: each thread has a connection of its own."""

from __future__ import annotations

import uuid
from functools import partial

import pytest

from apps.accounts.database import healed
from apps.accounts.models import Store, User
from apps.accounts.tests.racing import at_once, failures
from apps.catalog.product import Product
from apps.chat import assistant, cart, sessions, turn_store
from apps.chat.models import CartItem, ChatSession, ChatSettings, Message
from apps.chat.tools.base import ToolContext
from apps.chat.tools.cart import Add, AddToCart
from apps.chat.turn_records import Accepted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session(store: Store) -> ChatSession:
    return sessions.open_session(store=store)


def test_parallel_messages_get_each_a_seq_of_its_own(session: ChatSession) -> None:
    say = healed(turn_store.accept)
    done = at_once(
        *(partial(say, session_id=session.pk, client_id=f"m{number}", text="Hi") for number in range(8))
    )
    assert not failures(done)
    assert list(Message.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 9))
    session.refresh_from_db()
    assert session.last_seq == 8


def test_one_message_that_comes_to_many_processes_is_stored_once_and_all_give_the_same_answer(
    session: ChatSession,
) -> None:
    say = healed(turn_store.accept)
    done = at_once(*[partial(say, session_id=session.pk, client_id="m1", text="Hi")] * 6)
    assert not failures(done)
    accepted = [one for one in done if isinstance(one, Accepted)]
    assert len({(one.message_id, one.turn_id, one.seq) for one in accepted}) == 1
    assert sorted(one.again for one in accepted) == [False] + [True] * 5
    assert Message.objects.count() == 1


def test_parallel_adds_of_a_product_are_one_line_that_counts_all(
    session: ChatSession, shelf: list[Product]
) -> None:
    """Each from a conversation of its own of the same visitor, so that no session's lock helps."""
    open_one = partial(sessions.open_session, store=session.store, visitor=session.visitor)
    add = healed(AddToCart()._once)
    done = at_once(*(partial(add, _context(open_one(), "c1"), Add(product_id="mug")) for _ in range(8)))
    assert not failures(done)
    assert list(CartItem.objects.values_list("product_id", "quantity")) == [("mug", 8)]


def test_parallel_changes_of_a_cart_line_leave_one_of_them(session: ChatSession, shelf: list[Product]) -> None:
    put = healed(cart.set_quantity)
    change = partial(put, store=session.store, visitor=session.visitor, product_id="mug")
    assert not failures(at_once(*(partial(change, quantity=number) for number in range(1, 7))))
    assert CartItem.objects.get().quantity in range(1, 7)


def test_the_first_settings_of_a_store_are_saved_by_several_at_once(store: Store, owner: User) -> None:
    save = partial(assistant.update_assistant, store=store, actor=owner, mode="intent")
    assert not failures(at_once(*(partial(save, greeting=f"Hello {number}") for number in range(4))))
    assert ChatSettings.objects.get().greeting.startswith("Hello ")


def _context(session: ChatSession, call: str) -> ToolContext:
    return ToolContext(
        store_id=str(session.store_id),
        session_id=str(session.pk),
        visitor=str(session.visitor),
        turn_id=str(uuid.uuid4()),
        call_id=call,
    )

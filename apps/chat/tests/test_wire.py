"""Frames are filled at the moment of sending, and a silent index costs the cards but not the words."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from apps.accounts.models import Store
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.product import Product
from apps.chat import cart, messages, ownership, sessions, wire
from apps.chat.cart import CartError
from apps.chat.models import CartItem, ChatSession, ChatSettings, Message
from apps.chat.parts import Cart, CartPart, Part, ProductsPart, TextPart

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(store: Store) -> ChatSession:
    return sessions.open_session(store=store)


@pytest.fixture
def away(catalog: Catalog, tmp_path: Path) -> None:
    """The index host does not answer."""
    runtime.install(Catalog(embeddings=catalog.embeddings, backend=HostClient(tmp_path)))


def said(session: ChatSession) -> Message:
    parts: list[Part] = [TextPart(text="Here:"), ProductsPart(product_ids=["mug", "jacket-blue"]), CartPart()]
    return messages.append(session=session, author=Message.Author.ASSISTANT, text="Here:", parts=parts)


def test_every_field_of_a_card_is_the_index_record_s(session: ChatSession, shelf: list[Product]) -> None:
    frame = wire.message_frames(session=session, messages=[said(session)])[0]
    part = frame.parts[1]
    assert isinstance(part, ProductsPart)
    for card, record in zip(part.items, (shelf[2], shelf[0]), strict=True):
        assert card.model_dump() == record.model_dump(include=set(type(card).model_fields))


def test_an_old_message_shows_today_s_price(session: ChatSession, shelf: list[Product], catalog: Catalog) -> None:
    message = said(session)
    dearer = shelf[2].model_copy(update={"price": 99.0})
    catalog.index(store_id=str(session.store_id), products=[dearer], sync_run="later")
    part = wire.message_frames(session=session, messages=[message])[0].parts[1]
    assert isinstance(part, ProductsPart)
    assert part.items[0].price == 99.0
    assert "price" not in str(Message.objects.get(pk=message.pk).parts)


def test_what_an_answerer_filled_in_itself_is_not_kept(session: ChatSession, shelf: list[Product]) -> None:
    filled = CartPart(cart=Cart(count=3, total=0.01))
    message = messages.append(session=session, author=Message.Author.ASSISTANT, text="", parts=[filled])
    assert message.parts == [{"type": "cart", "cart": None}]
    part = wire.message_frames(session=session, messages=[message])[0].parts[0]
    assert isinstance(part, CartPart)
    assert part.cart is not None
    assert part.cart.count == 0


def test_while_the_index_is_away_the_words_come_without_cards(
    session: ChatSession, shelf: list[Product], away: None
) -> None:
    CartItem.objects.create(store=session.store, visitor=session.visitor, product_id="mug", quantity=2)
    text, products, held = wire.message_frames(session=session, messages=[said(session)])[0].parts
    assert isinstance(text, TextPart)
    assert text.text == "Here:"
    assert isinstance(products, ProductsPart)
    assert (products.product_ids, products.items) == (["mug", "jacket-blue"], [])
    assert isinstance(held, CartPart)
    assert held.cart is not None
    assert (held.cart.count, held.cart.lines) == (2, [])


def test_while_the_index_is_away_the_cart_does_not_change(store: Store, shelf: list[Product], away: None) -> None:
    with pytest.raises(CartError) as refused:
        cart.set_quantity(store=store, visitor=uuid.uuid4(), product_id="mug", quantity=1)
    assert (refused.value.code, refused.value.retryable) == ("catalogue_unreachable", True)
    assert CartItem.objects.count() == 0


def test_while_the_index_is_away_a_page_still_arrives(session: ChatSession, away: None) -> None:
    ready = wire.ready(session)
    assert ready.config.suggestions == ["Where is my order?"]
    assert ownership.products_named(store_id=session.store_id, text="the Harbour Rain Jacket") == []


def test_the_shopper_s_choice_of_mode_comes_before_the_store_s(session: ChatSession) -> None:
    settings = ChatSettings.objects.create(
        store=session.store, mode="llm", base_url="http://localhost:1/v1", model="small"
    )
    assert wire.mode_of(session, settings) == "llm"
    session.mode = "intent"
    assert wire.mode_of(session, settings) == "intent"


@pytest.mark.parametrize("missing", ["base_url", "model"])
def test_a_model_that_is_not_set_up_is_never_the_mode(session: ChatSession, missing: str) -> None:
    settings = ChatSettings(store=session.store, mode="llm", base_url="http://localhost:1/v1", model="small")
    setattr(settings, missing, "")
    assert wire.mode_of(session, settings) == "intent"
    assert wire.config(session.store, settings).llm_available is False


def test_many_messages_are_filled_with_one_question_to_the_index(
    session: ChatSession, shelf: list[Product], catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    real = catalog.get

    def counted(*, store_id: str, product_ids: list[str]) -> list[Product]:
        asked.append(product_ids)
        return real(store_id=store_id, product_ids=product_ids)

    monkeypatch.setattr(catalog, "get", counted)
    rows = [
        messages.append(
            session=session,
            author=Message.Author.ASSISTANT,
            text="",
            parts=[ProductsPart(product_ids=[product_id])],
        )
        for product_id in ("mug", "jacket-blue", "mug")
    ]
    wire.message_frames(session=session, messages=rows)
    assert asked == [["jacket-blue", "mug"]]

"""From rows to frames: products and carts are filled with what the index says at the moment of sending."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence

from apps.accounts.models import Store
from apps.catalog.engine.errors import CatalogError
from apps.catalog.product import Product
from apps.catalog.runtime import catalog
from apps.chat import cart as carts
from apps.chat import handoff, sessions
from apps.chat.cards import card
from apps.chat.events import Author, Config, MessageFrame, ModeName, OwnerFrame, Ready
from apps.chat.messages import parts_of, product_ids_of
from apps.chat.models import CartItem, ChatSession, ChatSettings, Message, Mode
from apps.chat.parts import Cart, CartPart, Part, ProductsPart

log = logging.getLogger(__name__)


def message_frames(*, session: ChatSession, messages: Sequence[Message]) -> list[MessageFrame]:
    """Frames for `messages`, with one question to the index for all of them.

    When the index does not answer, texts come without cards rather than not at all.
    """
    parts = [parts_of(message) for message in messages]
    wanted = {product_id for one in parts for product_id in product_ids_of(one)}
    products = _records(session.store_id, sorted(wanted)) if wanted else {}
    cart: Cart | None = None
    if any(part.type == "cart" for one in parts for part in one):
        cart = cart_now(store=session.store, visitor=session.visitor)
    return [
        MessageFrame(
            seq=message.seq,
            id=str(message.pk),
            turn=str(message.turn) if message.turn else None,
            client_id=message.client_id,
            author=author_of(message),
            parts=[_shown(part, products, cart) for part in one],
            complete=message.complete,
            at=message.created_at.isoformat(),
        )
        for message, one in zip(messages, parts, strict=True)
    ]


def author_of(message: Message) -> Author:
    name = message.agent.display_name if message.agent is not None else ""
    return Author(kind=Message.Author(message.author).value, name=name)


def cart_now(*, store: Store, visitor: uuid.UUID) -> Cart:
    """The cart; when the index does not answer, only how many pieces it holds."""
    try:
        return carts.read(store=store, visitor=visitor)
    except carts.CartError:
        rows = CartItem.objects.filter(store=store, visitor=visitor).values_list("quantity", flat=True)
        return Cart(count=sum(rows), currency=store.currency)


def owner_frame(session: ChatSession) -> OwnerFrame:
    """Who answers now; in the queue also the place in it."""
    place = None
    if session.owner == ChatSession.Owner.QUEUE:
        try:
            place = handoff.desk().position(session=session)
        except handoff.HandoffError:
            log.warning("Session %s waits, but no desk is registered", session.pk)
    return OwnerFrame(
        owner=ChatSession.Owner(session.owner).value,
        agent=session.agent.display_name if session.agent is not None else None,
        position=place.position if place else None,
        online=place.online if place else None,
    )


def settings_of(store: Store) -> ChatSettings:
    """How the store's assistant is set up; the key stays encrypted until it is asked for."""
    found = ChatSettings.objects.filter(store=store).defer("api_key").first()
    return found or ChatSettings(store=store)


def mode_of(session: ChatSession, settings: ChatSettings) -> ModeName:
    """The mode that answers: the shopper's choice, else the store's, and only one that can answer."""
    wanted = session.mode or settings.mode
    return "llm" if wanted == Mode.LLM and llm_available(settings) else "intent"


def llm_available(settings: ChatSettings) -> bool:
    return bool(settings.base_url and settings.model)


def config(store: Store, settings: ChatSettings) -> Config:
    """What the widget shows before anything was said."""
    return Config(
        store=store.name,
        greeting=settings.greeting,
        accent=store.accent,
        currency=store.currency,
        suggestions=_suggestions(store),
        llm_available=llm_available(settings),
        photos=_finds_photos(store),
    )


def ready(session: ChatSession) -> Ready:
    """What a page needs at its arrival; the caller adds the turn that is running."""
    settings = settings_of(session.store)
    owner = owner_frame(session)
    return Ready(
        session=str(session.pk),
        token=sessions.token_for(session),
        owner=owner.owner,
        agent=owner.agent,
        position=owner.position,
        mode=mode_of(session, settings),
        seq=session.last_seq,
        cart=cart_now(store=session.store, visitor=session.visitor),
        config=config(session.store, settings),
    )


def _shown(part: Part, products: Mapping[str, Product], cart: Cart | None) -> Part:
    if isinstance(part, ProductsPart):
        here = [products[product_id] for product_id in part.product_ids if product_id in products]
        return part.model_copy(update={"items": [card(product) for product in here]})
    if isinstance(part, CartPart):
        return part.model_copy(update={"cart": cart})
    return part


def _records(store_id: uuid.UUID, product_ids: Sequence[str]) -> dict[str, Product]:
    try:
        found = catalog().get(store_id=str(store_id), product_ids=product_ids)
    except CatalogError as error:
        log.warning("Cards are left out, the catalogue does not answer: %s", error)
        return {}
    return {product.product_id: product for product in found}


def _finds_photos(store: Store) -> bool:
    try:
        return catalog().finds_photos(store_id=str(store.pk))
    except CatalogError:
        return False


def _suggestions(store: Store) -> list[str]:
    """First things to ask: the largest categories by the last word of their path, and an order."""
    try:
        categories = catalog().categories(store_id=str(store.pk))
    except CatalogError:
        categories = []
    largest = sorted(categories, key=lambda category: -category[1])
    leaves = dict.fromkeys(path.split(">")[-1].strip().lower() for path, _ in largest)
    return [f"Show me {leaf}" for leaf in list(leaves)[:2] if leaf] + ["Where is my order?"]

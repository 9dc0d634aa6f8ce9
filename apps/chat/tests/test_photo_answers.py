"""What a shopper gets who sends a photo, and what the conversation goes on with."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.catalog.engine.catalog import Catalog
from apps.catalog.product import Product
from apps.catalog.runtime import catalog as installed
from apps.catalog.tests.picture_server import encoded
from apps.catalog.tests.pictured import pictured_mugs
from apps.chat import photos
from apps.chat.messages import parts_of
from apps.chat.models import ChatSettings, Message, Mode
from apps.chat.parts import PhotoPart, TextPart
from apps.chat.tests.talking import Reply, Shopper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shopper(store: Store, catalog: Catalog, other_index_host: Path, tmp_path: Path) -> Iterator[Shopper]:
    """Somebody who talks with a store that sells a red mug for 5 and a blue one for 50."""
    with pictured_mugs(store, host=other_index_host, directory=tmp_path) as mugs:
        yield Shopper(store, {product.product_id: product for product in mugs.scroll(store_id=str(store.pk))})


async def show(shopper: Shopper, colour: str, words: str = "") -> Reply:
    """Send a photo in this colour, as the page does: first the photo, then the message."""
    note = await in_database(photos.look)(session=shopper.session, photo=encoded(colour), words=words)
    return await shopper.say(words, photo=photos.read_note(note, session_id=shopper.session.pk))


@in_database
def lines(shopper: Shopper) -> list[Message]:
    return list(Message.objects.filter(session=shopper.session))


async def test_a_photo_finds_what_looks_like_it(shopper: Shopper) -> None:
    reply = await show(shopper, "red")
    assert reply.text == "One product looks like your photo:"
    assert reply.titles == ["red mug"]
    assert reply.intent == "photo_search"


async def test_words_limit_what_a_photo_finds(shopper: Shopper) -> None:
    reply = await show(shopper, "blue", "do you have this under $60?")
    assert (reply.titles, reply.filters) == (["blue mug"], ["under $60"])


async def test_where_nothing_alike_keeps_the_limit_that_is_said_and_what_is_alike_is_shown(
    shopper: Shopper,
) -> None:
    reply = await show(shopper, "blue", "under $10")
    assert reply.text == "Nothing that looks like your photo is under $10. Without that limit, this does:"
    assert (reply.titles, reply.filters) == (["blue mug"], [])


@pytest.mark.parametrize(
    ("words", "broken"),
    [
        ("do you have jackets like this?", "in “Jackets”"),
        ("do you have jackets like this under $10?", "in “Jackets”, under $10"),
    ],
)
async def test_what_is_alike_is_shown_though_it_is_of_another_kind_than_was_asked_for(
    shopper: Shopper, store: Store, words: str, broken: str
) -> None:
    jacket = Product(product_id="jacket", title="Rain jacket", category="Jackets", price=80.0)
    await asyncio.to_thread(installed().index, store_id=str(store.pk), products=[jacket], sync_run="1")
    reply = await show(shopper, "blue", words)
    assert reply.text == f"Nothing that looks like your photo is {broken}. Without that limit, this does:"
    assert (reply.titles, reply.filters) == (["blue mug"], [])


async def test_where_nothing_is_alike_nothing_is_shown(shopper: Shopper) -> None:
    reply = await show(shopper, "green", "under $10")
    assert reply.text.startswith("Nothing here looks like your photo.")
    assert (reply.titles, reply.record["no_hits"]) == ([], True)


async def test_the_conversation_goes_on_with_what_the_photo_found(shopper: Shopper) -> None:
    await show(shopper, "blue", "under $60")
    narrower = await shopper.say("only under $10")
    assert narrower.text.startswith("Nothing like your photo is under $10.")
    wider = await shopper.say("Without “under $10”")
    assert (wider.titles, wider.filters) == (["blue mug"], [])
    await shopper.say("add it to my cart")
    assert await shopper.cart() == {"blue mug": 1}
    assert (await shopper.say("show me a red mug")).titles == ["red mug"], "new words are a new search"


async def test_only_that_a_photo_was_sent_is_kept(shopper: Shopper) -> None:
    await show(shopper, "red", "under $60")
    await show(shopper, "red")
    with_words, _, alone, _ = await lines(shopper)
    assert (with_words.text, parts_of(with_words)) == (
        "Sent a photo: under $60",
        [PhotoPart(), TextPart(text="under $60")],
    )
    assert (alone.text, parts_of(alone), alone.record) == (
        "Sent a photo",
        [PhotoPart()],
        {"photo": {"among": ["red"], "limit": 24}},
    )


async def test_no_language_model_is_asked_about_a_photo(shopper: Shopper, store: Store) -> None:
    settings = ChatSettings(store=store, mode=Mode.LLM, base_url="http://127.0.0.1:9/v1", model="none")
    await in_database(settings.save)()
    reply = await show(shopper, "red")
    assert reply.titles == ["red mug"]
    assert not {"llm", "fallback"} & set(reply.record)


async def test_what_is_gone_meanwhile_is_not_shown(shopper: Shopper, store: Store) -> None:
    note = await in_database(photos.look)(session=shopper.session, photo=encoded("red"), words="")
    await asyncio.to_thread(installed().delete, store_id=str(store.pk), product_ids=["red"])
    reply = await shopper.say("", photo=photos.read_note(note, session_id=shopper.session.pk))
    assert reply.text.startswith("Nothing here looks like your photo.")

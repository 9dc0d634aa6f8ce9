"""Conversations in intent mode about orders, and those that a person should go on with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apps.accounts.models import Store
from apps.chat.tests.desk import TestDesk
from apps.chat.tests.talking import Shopper, order_platform
from apps.connectors.models import ConnectorConfig

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(demo_store: Store) -> Store:
    return demo_store


@pytest.fixture
def shopper(demo_shopper: Shopper) -> Shopper:
    return demo_shopper


@pytest.fixture
def orders(store: Store, settings: Any) -> Iterator[None]:
    with order_platform() as address:
        settings.DEMO, settings.PUBLIC_URL = True, address
        ConnectorConfig.objects.create(
            store=store, platform="fakestore", name="Shop", settings={"base_url": address}
        )
        yield


async def test_following_an_order_asks_for_what_it_needs(shopper: Shopper, orders: None) -> None:
    assert "order number" in (await shopper.say("where is my order?")).text
    assert "email" in (await shopper.say("1001")).text
    wrong = await shopper.say("tom@example.com")
    assert wrong.order is None
    assert "shipped" not in wrong.text
    right = await shopper.say("sorry, it was maya@example.com")
    assert right.order is not None
    assert right.order.number == "1001"
    assert "shipped" in right.text
    assert "HL-204" in right.text


async def test_an_order_can_be_asked_for_in_one_message(shopper: Shopper, orders: None) -> None:
    reply = await shopper.say("track order #1001, my email is Maya@Example.com")
    assert reply.order is not None


async def test_a_wrong_number_reads_like_a_wrong_address(shopper: Shopper, orders: None) -> None:
    unknown = await shopper.say("order 4711 maya@example.com")
    mismatch = await shopper.say("order 1001 tom@example.com")
    assert unknown.text.replace("4711", "N") == mismatch.text.replace("1001", "N")


async def test_guessing_ends_with_a_person(shopper: Shopper, orders: None) -> None:
    await shopper.say("where is order 1001")
    for guess in ("a@example.com", "b@example.com"):
        assert "no order 1001" in (await shopper.say(guess)).text
    last = await shopper.say("c@example.com")
    assert "person" in last.text
    assert "I want to talk to a human" in last.choices


async def test_a_change_of_mind_in_the_middle_of_an_order(shopper: Shopper, orders: None) -> None:
    await shopper.say("where's my parcel")
    mugs = await shopper.say("never mind. show me mugs")
    assert mugs.products
    await shopper.say("where is my order")
    assert "Without the order number" in (await shopper.say("i don't have the number")).text
    assert (await shopper.say("add the first one")).has("cart")


async def test_a_person_is_fetched(shopper: Shopper, desk: TestDesk) -> None:
    reply = await shopper.say("I want to talk to a human")
    assert "number 1 in the queue" in reply.text
    assert reply.state == "complete"
    assert desk.waiting == [str(shopper.session.pk)]


async def test_with_nobody_online_that_is_said_too(shopper: Shopper, desk: TestDesk) -> None:
    desk.online = False
    assert "Nobody" in (await shopper.say("agent please")).text


async def test_an_angry_shopper_is_offered_a_person(shopper: Shopper, desk: TestDesk) -> None:
    offer = await shopper.say("this is useless, you don't understand me")
    assert "person" in offer.text
    assert desk.waiting == []
    await shopper.say("yes please")
    assert desk.waiting == [str(shopper.session.pk)]

"""The limits of a search, shown as chips that the shopper takes off again."""

from __future__ import annotations

import pytest

from apps.chat.tests.talking import Shopper

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_chip_that_is_taken_off_takes_its_limit_along_and_leaves_the_others(demo_shopper: Shopper) -> None:
    narrow = await demo_shopper.say("jackets for men under $60, in stock")
    assert narrow.filters == ["Men > Jackets", "under $60", "in stock"]
    wider = await demo_shopper.say("Without “under $60”")
    assert wider.filters == ["Men > Jackets", "in stock"]
    assert all((product.price or 0) < 60 for product in narrow.products)
    assert any((product.price or 0) >= 60 for product in wider.products)
    assert all(product.in_stock for product in wider.products)
    widest = await demo_shopper.say("Without “in stock”")
    assert widest.filters == ["Men > Jackets"]


async def test_where_nothing_keeps_every_limit_each_can_be_taken_off(demo_shopper: Shopper) -> None:
    refused = await demo_shopper.say("jackets for men under $5")
    assert refused.products == []
    assert "under $5" in refused.filters
    found = await demo_shopper.say("Without “under $5”")
    assert found.products
    assert found.filters == ["Men > Jackets"]


async def test_what_follows_counts_without_the_limit_that_was_taken_off(demo_shopper: Shopper) -> None:
    await demo_shopper.say("jackets for men under $60")
    wider = await demo_shopper.say("Without “under $60”")
    cheaper = await demo_shopper.say("only in stock")
    assert cheaper.filters == ["Men > Jackets", "in stock"]
    assert {product.product_id for product in cheaper.products} >= {
        product.product_id for product in wider.products if product.in_stock
    }


async def test_a_limit_that_is_not_there_any_more_is_said_so(demo_shopper: Shopper) -> None:
    await demo_shopper.say("jackets for men under $60")
    await demo_shopper.say("a coffee mug")
    reply = await demo_shopper.say("Without “under $60”")
    assert reply.products == []
    assert "no such limit" in reply.text


async def test_a_new_limit_says_for_itself_whether_it_counts(demo_shopper: Shopper) -> None:
    found = await demo_shopper.say("jackets for men under $60")
    dearest = max(product.price or 0 for product in found.products)
    narrower = await demo_shopper.say(f"up to ${dearest}")
    assert f"up to ${dearest:g}" in [label.replace(".00", "") for label in narrower.filters]
    assert dearest in {product.price for product in narrower.products}

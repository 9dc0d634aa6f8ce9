"""Conversations in intent mode about what was shown: pointing, choosing, asking, the cart."""

from __future__ import annotations

import pytest

from apps.accounts.database import in_database
from apps.accounts.models import Store, User
from apps.chat import ownership
from apps.chat.tests.talking import Shopper, demo_products

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(demo_store: Store) -> Store:
    return demo_store


@pytest.fixture
def shopper(demo_shopper: Shopper) -> Shopper:
    return demo_shopper


async def test_that_one_is_what_a_person_named_before_handing_back(shopper: Shopper, agent: User) -> None:
    await shopper.say("show me mugs")
    jacket = next(
        product for product in demo_products() if product.category == "Men > Jackets" and product.in_stock
    )

    def person_speaks() -> None:
        from django.db import transaction

        with transaction.atomic():
            ownership.to_agent(session_id=shopper.session.pk, agent=agent)
            ownership.say_as_agent(
                session_id=shopper.session.pk,
                agent=agent,
                text=f"I'd take the {jacket.title}, it is the warmest.",
                product_ids=[jacket.product_id],
            )
            ownership.to_assistant(session_id=shopper.session.pk, text="Back to the assistant.")

    await in_database(person_speaks)()
    reply = await shopper.say("add that one")
    assert jacket.title in reply.text
    assert await shopper.cart() == {jacket.title: 1}


async def test_which_one_is_asked_and_answered(shopper: Shopper) -> None:
    found = await shopper.say("show me mugs")
    asked = await shopper.say("add it to my cart")
    assert "Which one" in asked.text
    assert asked.choices[:2] == found.titles[:2]
    await shopper.say("the last one")
    assert await shopper.cart() == {found.titles[-1]: 1}


async def test_a_choice_is_made_by_tapping_its_title(shopper: Shopper) -> None:
    await shopper.say("show me mugs")
    asked = await shopper.say("add one of those to my cart")
    await shopper.say(asked.choices[0])
    assert list(await shopper.cart()) == [asked.choices[0]]


async def test_something_to_add_that_was_never_shown_is_searched_first(shopper: Shopper) -> None:
    reply = await shopper.say("add a coffee mug to my cart")
    assert "Which one shall I add?" in reply.text
    assert await shopper.cart() == {}
    await shopper.say("the second")
    assert await shopper.cart() == {reply.titles[1]: 1}


async def test_what_does_not_exist_is_not_added(shopper: Shopper) -> None:
    await shopper.say("show me mugs")
    reply = await shopper.say("add a helicopter to my cart")
    assert "don't carry" in reply.text
    assert await shopper.cart() == {}
    counted = await shopper.say("add the ninth one")
    assert "I showed" in counted.text
    assert await shopper.cart() == {}


async def test_a_product_named_by_its_title_needs_no_search(shopper: Shopper) -> None:
    product = next(product for product in demo_products() if product.in_stock and len(product.title.split()) >= 3)
    await shopper.say(f"add the {product.title} to my cart")
    assert await shopper.cart() == {product.title: 1}


async def test_both_and_the_cheapest(shopper: Shopper) -> None:
    found = await shopper.say("show me backpacks under 100")
    await shopper.say("add the first two")
    assert set(await shopper.cart()) == set(found.titles[:2])
    await shopper.say("empty my cart")
    assert await shopper.cart() == {}
    cheapest = min(found.products, key=lambda product: product.price or 0)
    await shopper.say("i'll take the cheapest one")
    assert list(await shopper.cart()) == [cheapest.title]


async def test_what_is_out_of_stock_is_said_and_not_added(shopper: Shopper) -> None:
    gone = next(product for product in demo_products() if not product.in_stock)
    reply = await shopper.say(f"add the {gone.title} to my cart")
    assert "out of stock" in reply.text
    assert await shopper.cart() == {}


async def test_the_cart_is_shown_and_counted_in(shopper: Shopper) -> None:
    empty = await shopper.say("what's in my cart?")
    assert "empty" in empty.text
    mugs = await shopper.say("mugs")
    await shopper.say("add the first and the second")
    view = await shopper.say("show my cart")
    assert view.has("cart")
    await shopper.say("remove the second one")
    assert list(await shopper.cart()) == [mugs.titles[0]]
    assert (await shopper.say("checkout")).has("cart")


async def test_i_do_not_want_it_any_more(shopper: Shopper) -> None:
    found = await shopper.say("mugs")
    await shopper.say("add the first one")
    await shopper.say("show me headphones")
    await shopper.say(f"i don't want the {found.titles[0].lower()} anymore, remove it")
    assert await shopper.cart() == {}
    assert "empty" in (await shopper.say("remove it")).text


async def test_questions_about_what_was_shown(shopper: Shopper) -> None:
    found = await shopper.say("rain jackets for men")
    first = found.products[0]
    told = await shopper.say("tell me more about the first one")
    assert told.titles == [first.title]
    assert first.description.split(".")[0] in told.text
    assert "material" in (await shopper.say("what is it made of? which material?")).text.lower()
    unsaid = await shopper.say("is it machine washable in outer space?")
    assert "doesn't say" in unsaid.text or "wash" in unsaid.text
    stock = await shopper.say("is it in stock?")
    assert ("in stock" if first.in_stock else "out of stock") in stock.text
    price = await shopper.say("how much is it?")
    assert price.titles == [first.title]
    await shopper.say("ok add it")
    assert list(await shopper.cart()) == [first.title]


async def test_which_of_these(shopper: Shopper) -> None:
    found = await shopper.say("jackets for men")
    dearest = max(found.products, key=lambda product: product.price or 0)
    told = await shopper.say("which one is the most expensive?")
    assert told.titles == [dearest.title]
    assert "most expensive of these" in told.text
    await shopper.say("i'll take it")
    assert list(await shopper.cart()) == [dearest.title]
    warm = await shopper.say("which one is the warmest?")
    assert warm.products
    assert "doesn't say" not in warm.text
    assert all("warm" in f"{product.description} {product.attributes}".lower() for product in warm.products)
    compared = await shopper.say("compare the first two")
    assert compared.titles == found.titles[:2]
    cheaper = min(compared.products, key=lambda product: product.price or 0)
    assert cheaper.title in (await shopper.say("buy the cheaper one")).text


async def test_a_feature_is_claimed_only_when_the_record_says_so(shopper: Shopper) -> None:
    await shopper.say("jackets")
    dry = await shopper.say("anything waterproof?")
    assert dry.products
    for product in dry.products:
        assert "waterproof" in f"{product.title} {product.description} {product.attributes}".lower()
    none = await shopper.say("in denim, and purple")
    assert "none that says" in none.text


async def test_the_cheapest_one_is_the_one_to_talk_about(shopper: Shopper) -> None:
    found = await shopper.say("what's the cheapest mug you have")
    assert "“mug”" in found.text
    await shopper.say("put that in my cart")
    assert await shopper.cart() == {found.titles[0]: 1}
    await shopper.say("and two of the second one")
    assert await shopper.cart() == {found.titles[0]: 1, found.titles[1]: 2}
    gone = await shopper.say("take the umbrella out")
    assert "don't see that in your cart" in gone.text


async def test_another_question_instead_of_choosing(shopper: Shopper) -> None:
    await shopper.say("mugs")
    assert "Which one" in (await shopper.say("add it")).text
    assert (await shopper.say("do you ship to Canada?")).intent == "shipping"
    await shopper.say("add it")
    assert (await shopper.say("what's my total")).intent == "cart_view"
    await shopper.say("mugs")
    await shopper.say("add it")
    assert all("Headphones" in product.category for product in (await shopper.say("show me headphones")).products)


async def test_pointing_at_nothing_is_asked_about(shopper: Shopper) -> None:
    assert "What are you looking for?" in (await shopper.say("no the other one")).text
    assert "Which product" in (await shopper.say("add both")).text

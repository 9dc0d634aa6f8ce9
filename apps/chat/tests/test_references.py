"""What shoppers point at, in the words that they use."""

from __future__ import annotations

import pytest

from apps.catalog.product import Product
from apps.chat.dialogue import Dialogue
from apps.chat.intents.references import Reference, quantity_in, resolve
from apps.chat.intents.words import normalise

RAIN = Product(
    product_id="rain",
    title="Harbour Rain Jacket",
    price=54.0,
    rating=4.2,
    category="Men > Jackets",
    attributes={"colour": "blue", "material": "nylon"},
)  # fmt: skip - one record, a few rows
DOWN = Product(
    product_id="down",
    title="Alpine Down Jacket",
    price=59.0,
    rating=4.8,
    category="Men > Jackets",
    attributes={"colour": "black"},
)  # fmt: skip - one record, a few rows
FLEECE = Product(
    product_id="fleece",
    title="Meadow Fleece",
    price=39.0,
    rating=4.5,
    category="Men > Jackets",
    attributes={"colour": "green", "material": "recycled polyester"},
)  # fmt: skip - one record, a few rows
MUG = Product(product_id="mug", title="Stoneware Mug", price=12.0, category="Home > Mugs")
SHOWN = [RAIN, DOWN, FLEECE]


def means(text: str, subject: Product | None = None, cart: tuple[Product, ...] = ()) -> list[str]:
    found = resolve(normalise(text), shown=SHOWN, subject=subject, cart=cart)
    return [product.product_id for product in found.products]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("add the second one to my cart", ["down"]),
        ("ad the secnd one to my crat", ["down"]),
        ("the 2nd pls", ["down"]),
        ("I'll take number 3", ["fleece"]),
        ("#1", ["rain"]),
        ("option two please", ["down"]),
        ("the last one", ["fleece"]),
        ("first and third", ["rain", "fleece"]),
        ("the first two", ["rain", "down"]),
        ("all of them", ["rain", "down", "fleece"]),
        ("the cheapest one", ["fleece"]),
        ("the cheaper one", ["fleece"]),
        ("the most expensive", ["down"]),
        ("best rated one please", ["down"]),
        ("add the blue one", ["rain"]),
        ("the black jacket", ["down"]),
        ("the fleece", ["fleece"]),
        ("add the harbour rain jacket to my cart", ["rain"]),
        ("the alpine one", ["down"]),
        ("the nylon one", ["rain"]),
        ("add the stoneware mug", []),
        ("add a helicopter", []),
        ("the ninth one", []),
    ],
)
def test_shown_products_are_meant_by_place_rank_look_or_name(text: str, meant: list[str]) -> None:
    assert means(text) == meant


def test_it_means_what_the_talk_is_about() -> None:
    assert means("remove it", subject=DOWN) == ["down"]
    assert means("add that one", subject=FLEECE) == ["fleece"]
    assert means("make it two", subject=RAIN) == ["rain"]


def test_a_helicopter_is_never_what_the_talk_is_about() -> None:
    assert means("add a helicopter to my cart", subject=DOWN) == []


def test_what_fits_several_has_to_be_asked() -> None:
    found = resolve("add the jacket", shown=SHOWN)
    assert found == Reference(candidates=[RAIN, DOWN])
    assert resolve("add it", shown=SHOWN) == Reference(candidates=SHOWN)


def test_the_only_one_shown_needs_no_name() -> None:
    assert resolve("add it to my cart", shown=[MUG]).products == [MUG]
    assert resolve("add to cart", shown=[MUG]).products == [MUG]


def test_the_cart_can_be_named_but_is_not_counted() -> None:
    assert means("remove the mug", cart=(MUG,)) == ["mug"]
    assert means("remove the fourth one", cart=(MUG,)) == []


def test_the_other_of_two() -> None:
    found = resolve("the other one", shown=[RAIN, DOWN], subject=RAIN)
    assert found.products == [DOWN]
    assert resolve("both", shown=[RAIN, DOWN]).products == [RAIN, DOWN]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("make it two", 2),
        ("make that 3 please", 3),
        ("change the quantity to 4", 4),
        ("change it to five", 5),
        ("two of them", 2),
        ("add 3 mugs", 3),
        ("add two of the second one", 2),
        ("2x please", 2),
        ("3", 3),
        ("a couple of those", 2),
        ("one more", 1),
        ("quantity 10", 10),
        ("double it", 2),
        ("add the second one to my cart", None),
        ("add a mug", None),
        ("add the first two", None),
        ("add number 2", None),
        ("buy one", None),
        ("remove it", None),
    ],
)
def test_quantities(text: str, pieces: int | None) -> None:
    assert quantity_in(normalise(text)) == pieces


def test_it_goes_stale_when_other_products_are_shown() -> None:
    dialogue = Dialogue()
    dialogue.showed(["a", "b"])
    assert dialogue.subject == ""
    dialogue.talk_about("b")
    assert dialogue.subject == "b"
    dialogue.last_products = ["c"]  # an agent's message named another product
    assert dialogue.subject == "c"
    dialogue.last_products = ["d", "e"]
    assert dialogue.subject == ""


def test_slips_in_steering_words_are_mended_and_real_words_are_left_alone() -> None:
    assert normalise("  Wheres my ORDR?? ") == "where is my order"
    assert normalise("chepaer please") == "cheaper please"
    assert normalise("i want a shoping card and a remote") == "i want a shoping card and a remote"

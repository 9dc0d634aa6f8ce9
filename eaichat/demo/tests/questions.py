"""What shoppers may ask of the demo store, each with the rule that tells its right answers from the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from eaichat.demo import shop
from eaichat.demo.shop import Item


class Question(NamedTuple):
    """`ranked`: a colour or a material is no filter; the right ones come first, and others may follow."""

    text: str
    right: Callable[[Item], bool]
    ranked: bool = False

    def answers(self) -> list[Item]:
        return [item for item in shop.items() if self.right(item)]


QUESTIONS = (
    Question(
        "a warm jacket for men under 60 dollars",
        lambda item: item.category == "Men > Jackets" and item.price < 60,
    ),
    Question("men's jackets over $80", lambda item: item.category == "Men > Jackets" and item.price > 80),
    Question(
        "women's jackets under $80 in stock",
        lambda item: item.category == "Women > Jackets" and item.price < 80 and item.in_stock,
    ),
    Question(
        "headphones under $100", lambda item: item.category == "Electronics > Headphones" and item.price < 100
    ),
    Question("mugs under 15 dollars", lambda item: item.category == "Home > Mugs" and item.price < 15),
    Question("backpacks that are in stock", lambda item: item.category == "Bags > Backpacks" and item.in_stock),
    Question(
        "boots rated at least 4.5", lambda item: item.category == "Shoes > Boots" and item.rating.rate >= 4.5
    ),
    Question("dresses between 60 and 75 dollars", lambda item: item.shelf == "Dresses" and 60 <= item.price <= 75),
    Question(
        "a green mug",
        lambda item: item.category == "Home > Mugs" and item.attributes["colour"] == "green",
        ranked=True,
    ),
    Question(
        "leather sneakers",
        lambda item: item.category == "Shoes > Sneakers" and item.attributes["material"] == "leather",
        ranked=True,
    ),
    Question("lamps in stock", lambda item: item.category == "Home > Lighting" and item.in_stock),
    Question(
        "waterproof jackets for women",
        lambda item: item.category == "Women > Jackets" and item.attributes.get("waterproof") == "yes",
        ranked=True,
    ),
    Question("watches under $100", lambda item: item.category == "Accessories > Watches" and item.price < 100),
    Question("camping gear under $100", lambda item: item.category == "Outdoor > Camping" and item.price < 100),
)

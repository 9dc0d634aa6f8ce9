from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

import pytest

from eaichat.demo import shop
from eaichat.demo.art.ink import _BASES
from eaichat.demo.art.picture import DRAWINGS, picture
from eaichat.demo.tests.questions import QUESTIONS, Question

MEN = "Men > Jackets"


def test_about_sixty_products_have_ids_from_one_on_and_titles_of_their_own() -> None:
    items = shop.items()
    assert 55 <= len(items) <= 70
    assert [item.id for item in items] == list(range(1, len(items) + 1))
    assert len({item.title for item in items}) == len(items)


def test_every_product_tells_enough_to_sell_it() -> None:
    for item in shop.items():
        assert len(item.description) >= 80, item.title
        assert {"colour", "material"} <= item.attributes.keys(), item.title
        assert item.price > 0
        assert item.stock >= 0
        assert 1 <= item.rating.rate <= 5
        assert item.category.count(" > ") == 1


def test_there_are_mens_jackets_on_both_sides_of_sixty_dollars() -> None:
    prices = [item.price for item in shop.items() if item.category == MEN and item.in_stock]
    assert sum(price < 60 for price in prices) >= 4
    assert sum(price > 60 for price in prices) >= 3
    assert 60 not in prices


def test_some_of_everything_is_sold_out() -> None:
    assert Counter(item.in_stock for item in shop.items())[False] >= 5


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.text)
def test_every_question_has_right_answers_and_wrong_ones(question: Question) -> None:
    assert 1 <= len(question.answers()) <= 8


@pytest.mark.parametrize("item", shop.items(), ids=lambda item: item.title)
def test_every_picture_is_a_square_drawing_that_needs_nothing_else(item: shop.Item) -> None:
    root = ElementTree.fromstring(item.svg)  # noqa: S314 - our own drawing
    assert root.attrib["viewBox"] == "0 0 400 400"
    names = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert len(names) > 12
    assert not {"style", "script", "image", "use", "text"} & set(names)
    assert not any("style" in element.attrib for element in root.iter())
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))


def test_no_two_products_share_a_picture() -> None:
    assert len({item.svg for item in shop.items()}) == len(shop.items())


def test_every_drawing_is_used_and_so_is_every_colour() -> None:
    arts = [item.art for item in shop.items()]
    assert {art.kind for art in arts} == set(DRAWINGS)
    assert {name for art in arts for name in (art.colour, art.accent)} == set(_BASES)


def test_an_unknown_drawing_or_colour_is_loud() -> None:
    with pytest.raises(KeyError):
        picture("rain_jacket", "octarine", "navy")
    with pytest.raises(KeyError):
        picture("hovercraft", "navy", "navy")


def test_departments_count_what_stands_on_their_shelves() -> None:
    for whole, shelves in shop.departments():
        assert whole.count == sum(shelf.count for shelf in shelves) == len(shop.on_shelf(whole))
        assert all(shop.find_shelf(*shelf.path.split("/")[2:4]) == shelf for shelf in shelves)
    assert shop.find_shelf("men", "submarines") is None
    assert shop.find_shelf("submarines") is None


def test_filters_leave_what_the_shopper_asked_for_in_the_order_asked_for() -> None:
    jackets = [item for item in shop.items() if item.category == MEN]
    cheap = shop.arrange(jackets, sort="price", in_stock=True, price_max=60)
    assert [item.price for item in cheap] == sorted(
        item.price for item in jackets if item.price < 60 and item.stock
    )
    best = shop.arrange(jackets, sort="rating", in_stock=False, price_max=None)
    assert best[0].rating.rate == max(item.rating.rate for item in jackets)
    featured = shop.arrange(jackets, sort="featured", in_stock=False, price_max=None)
    assert not featured[-1].in_stock


def test_the_shops_own_search_wants_every_word_and_puts_titles_first() -> None:
    assert shop.matching("mugs")[0].shelf == "Mugs"
    assert {item.title for item in shop.matching("navy rain jacket")} == {"Harbour Rain Jacket"}
    assert shop.matching("submarine") == []
    assert shop.matching("  ") == []

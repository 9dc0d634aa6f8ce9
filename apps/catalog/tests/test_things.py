"""What a sentence with limits asks for, whatever is said around it; and what it asks for that is not there."""

from __future__ import annotations

import pytest

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.understanding.things import asks_for_anything, cut_for, things_beside, with_audience
from apps.catalog.tests.shop import SHOP, new_store


def cut(text: str) -> str:
    """The sentence as it is once its limits, which stand in brackets here, were taken."""
    parts = text.replace("]", "[").split("[")
    return "".join(cut_for(part) if place % 2 else part for place, part in enumerate(parts))


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("would you be so kind as to point me towards [black] monitors [under $200]?", ["monitors"]),
        ("I search [HP] own printers, it must be [black]", ["printers"]),
        ("monitors [under $200] would be perfect", ["monitors"]),
        ("the thing I am needing is [HP] monitors", ["monitors"]),
        ("he is begging for [HP] monitors", ["monitors"]),
        ("my boss wants monitors [under $200]", ["monitors"]),
        ("things that are [black]", ["things"]),
        # What it is for belongs to it, also past a limit.
        ("a bag for laptops [under $50]", ["bag for laptops"]),
        ("a jacket [under $60] for men", ["jacket for men"]),
        ("monitors [under $200] asap", ["monitors"]),
        ("their buyer fancies [HP] monitors", ["monitors"]),
        ("we require [black] monitors", ["monitors"]),
        ("products [under $200] [Kensington] only", ["products"]),
        ("I fancy stuff [under $50] lol", ["stuff"]),
        ("he has settled on monitors ([HP])", ["monitors"]),
        ("monitors that stay [under $200]", ["monitors"]),
        ("\u00ae \u200b monitors® [under $200] … ½ 💥 \u00ad", ["monitors"]),
        # Beside no limit stands no thing.
        ("I like monitors, and it is for my office: [under $200]", []),
        ("", []),
    ],
)
def test_the_thing_stands_beside_its_limits(text: str, things: list[str]) -> None:
    assert things_beside(cut(text)) == things


def test_for_whom_it_is_stays_wherever_it_was_said() -> None:
    assert with_audience("jacket", "my husband needs a jacket") == "jacket for husband"
    assert with_audience("jacket for men", "my husband needs a jacket for men") == "jacket for men"


def test_a_word_for_anything_is_no_name_of_a_thing() -> None:
    assert asks_for_anything("stuff for her birthday")
    assert not asks_for_anything("today")


@pytest.fixture(scope="module")
def shop(session_catalog: Catalog) -> str:
    store_id = new_store()
    session_catalog.index(store_id=store_id, products=SHOP, sync_run="run-1")
    return store_id


def found(catalog: Catalog, store_id: str, text: str) -> set[str]:
    query = catalog.parse(store_id=store_id, text=text)
    return {hit.product.product_id for hit in catalog.search(store_id=store_id, query=query).hits}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Would you be so kind as to point me towards mugs under $20?", {"mug-blue"}),
        (
            "Good day, we are fitting out an office and were wondering if you might have mugs under $20",
            {"mug-blue"},
        ),
        ("the thing I am needing is products by Kiln & Co", {"mug-blue", "mug-travel"}),
        ("Pop me over some links for Lumo's own stuff, ta", {"lamp"}),
        ("my boss fancies Sonora's own things under $60 for his birthday", {"earbuds"}),
        ("my boss wants earbuds under $60, cheers mate", {"earbuds"}),
        ("lamps under $50 asap", {"lamp"}),
        ("my husband needs a jacket that won't set him back more than $40", {"m-fleece"}),
        # There is no such thing, and nothing else is one.
        ("we require Lumo lawnmowers", set()),
        ("hamster under $50 today please", set()),
        ("my office needs a hamster under $50", set()),
        ("Would you be so kind as to point me towards lawnmowers by Lumo?", set()),
        ("Sonora lawnmower under $500, cheers mate", set()),
        ("stuff for my hamster under $50", set()),
        ("a computer chair under $100", set()),
        ("asdfgh under $50", set()),
    ],
)
def test_talk_around_limits_hides_nothing_and_makes_nothing_up(
    catalog: Catalog, shop: str, text: str, wanted: set[str]
) -> None:
    assert found(catalog, shop, text) == wanted

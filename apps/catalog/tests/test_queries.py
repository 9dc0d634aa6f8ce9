"""A query's limits: what may be asked, and how each is taken away again."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.queries import MeasureLimit, SearchQuery
from apps.catalog.engine.understanding.limits.registry import chips_of

FULL = SearchQuery(
    text="warm",
    category="Men > Jackets",
    price_min=20,
    price_max=60,
    price_over=True,
    price_under=True,
    brands=["Fjell", "Tind"],
    not_brands=["Kiln & Co"],
    rating_min=4,
    in_stock=True,
    sort="newest",
)


def test_every_limit_has_a_chip() -> None:
    assert [chip.label for chip in chips_of(FULL, "USD")] == [
        "Men > Jackets",
        "Fjell",
        "Tind",
        "not Kiln & Co",
        "$20 to $60",
        "4 stars and up",
        "in stock",
        "newest first",
    ]


def test_each_chip_takes_its_own_limit_away_and_no_other() -> None:
    chips = chips_of(FULL, "USD")
    for chip in chips:
        assert chips_of(FULL.without(chip.key), "USD") == [other for other in chips if other != chip]


def test_without_all_its_chips_only_the_text_is_left() -> None:
    query = FULL
    for chip in chips_of(FULL, "USD"):
        query = query.without(chip.key)
    assert query == SearchQuery(text="warm")


def test_two_limits_of_one_kind_are_taken_away_one_by_one_or_by_their_kind() -> None:
    least = MeasureLimit(kind="memory", unit="gb", minimum=16)
    most = MeasureLimit(kind="memory", unit="tb", maximum=1)
    query = SearchQuery(measures=[least, most])
    first, second = chips_of(query, "USD")
    assert query.without(first.key).measures == [most]
    assert query.without(second.key).measures == [least]
    assert query.without("measure:memory").measures == []


def test_a_limit_that_is_not_set_is_not_missed() -> None:
    assert FULL.without("color:red") == FULL
    assert FULL.without("brand:Sony") == FULL


@pytest.mark.parametrize("key", ["", "colour", "text", "limit", "price_min", "\0", "x" * 10_000])
def test_a_key_of_no_filter_is_an_error_with_a_code(key: str) -> None:
    with pytest.raises(CatalogError) as caught:
        FULL.without(key)
    assert caught.value.code == "unknown_filter"
    assert len(caught.value.text) < 100


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": "red"},
        {"price_max": float("nan")},
        {"price_min": float("inf")},
        {"price_max": -1},
        {"price_min": 60, "price_max": 20},
        {"rating_min": 7},
        {"sort": "random"},
        {"text": "x" * 10_000},
        {"brands": [""]},
        {"colors": ["red"] * 100},
        {"measures": [{"kind": "memory", "unit": "gb", "minimum": float("nan")}]},
        {"measures": [{"kind": "charm", "unit": "gb", "minimum": 1}]},
        {"measures": [{"kind": "memory", "unit": "parsec", "minimum": 1}]},
    ],
)
def test_what_means_nothing_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SearchQuery.model_validate(fields)


def test_limits_survive_being_stored() -> None:
    query = FULL.model_copy(update={"measures": [MeasureLimit(kind="memory", unit="gb", minimum=16)]})
    assert SearchQuery.model_validate_json(query.model_dump_json()) == query

"""Pages of a catalogue that changes while it is read."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.paging import Listing, each_page, each_step, whole_number


def items(*ids: int) -> list[JsonValue]:
    return [{"id": each} for each in ids]


def test_without_counts_an_empty_page_is_the_end() -> None:
    shop = {1: items(1, 2), 2: items(3), 3: items()}
    pages = each_page(lambda number: Listing(shop[number], None, None), size=2)
    assert list(pages) == [items(1, 2), items(3)]


def test_without_counts_a_page_that_comes_again_is_the_end() -> None:
    shop = {1: items(1, 2), 2: items(3), 3: items(3)}
    pages = each_page(lambda number: Listing(shop[min(number, 3)], None, None), size=2)
    assert list(pages) == [items(1, 2), items(3)]


def test_what_many_deletions_move_over_several_edges_comes_too() -> None:
    left = list(range(1, 11))

    def fetch(number: int) -> Listing:
        return Listing(items(*left[2 * number - 2 : 2 * number]), len(left), -(-len(left) // 2))

    pages = each_page(fetch, size=2)
    found = [next(pages) for _ in range(3)]
    del left[:5]  # 7 and 8, the next ones, are on the first page now
    found += list(pages)
    assert sorted(str(each) for page in found for each in page) == sorted(
        str(each) for each in items(*range(1, 11))
    )


def test_a_catalogue_that_never_rests_is_given_up() -> None:
    asked: list[int] = []

    def fetch(number: int) -> Listing:
        asked.append(number)
        return Listing(items(len(asked)), total=100 + number % 2, pages=100)

    with pytest.raises(ConnectorError) as caught:
        list(each_page(fetch, size=1))
    assert caught.value.retryable
    assert len(asked) < 100


def test_what_is_deleted_while_nobody_reads_hides_nothing_from_who_goes_on() -> None:
    left = list(range(1, 11))

    def fetch(number: int) -> Listing:
        return Listing(items(*left[2 * number - 2 : 2 * number]), len(left), -(-len(left) // 2))

    steps = each_step(fetch, size=2)
    read = [next(steps) for _ in range(3)]
    del left[:5]  # 7 and 8, the next ones, are on the first page now
    rest = [item for step in each_step(fetch, size=2, after=read[-1].after) for item in step.items]
    assert rest == items(7, 8, 9, 10)


def test_what_a_deletion_moved_comes_before_what_lies_behind_it() -> None:
    left = list(range(1, 9))

    def fetch(number: int) -> Listing:
        return Listing(items(*left[2 * number - 2 : 2 * number]), len(left), -(-len(left) // 2))

    steps = each_step(fetch, size=2)
    next(steps)
    next(steps)
    del left[0]  # 5 moves to page 2, and page 3 begins with 6
    third = next(steps)
    assert third.items == items(5)
    rest = [item for step in each_step(fetch, size=2, after=third.after) for item in step.items]
    assert rest == items(6, 7, 8)


def test_an_id_of_thousands_of_digits_ends_nothing() -> None:
    vast: list[JsonValue] = [{"id": "9" * 5000}]
    assert list(each_page(lambda number: Listing(vast, None, 1), size=2)) == [vast]


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("", None), ("1.5", None), ("-1", None), ("9" * 5000, None)]
)
def test_what_counts_nothing_is_no_number(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_who_goes_on_misses_nothing_where_as_much_was_added_as_deleted() -> None:
    left = list(range(1, 7))

    def fetch(number: int) -> Listing:
        return Listing(items(*left[2 * number - 2 : 2 * number]), len(left), -(-len(left) // 2))

    read = next(each_step(fetch, size=2))
    left[:] = [2, 3, 4, 5, 6, 7]  # 3 is on the first page now
    rest = [item for step in each_step(fetch, size=2, after=read.after) for item in step.items]
    assert rest == items(3, 4, 5, 6, 7)


def test_a_catalogue_that_grew_while_more_moved_up_than_one_page_is_read_without_gaps() -> None:
    left = list(range(1, 11))

    def fetch(number: int) -> Listing:
        return Listing(items(*left[2 * number - 2 : 2 * number]), len(left), -(-len(left) // 2))

    steps = each_step(fetch, size=2)
    read = [next(steps) for _ in range(3)]
    left[:] = [6, *range(7, 18)]  # five are gone, seven are new
    rest = [item for step in steps for item in step.items]
    assert [item for step in read for item in step.items] + rest == items(*range(1, 18))

"""Pages of a catalogue that changes while it is read."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.paging import Page, each_page


def items(*ids: int) -> list[JsonValue]:
    return [{"id": each} for each in ids]


def test_without_counts_an_empty_page_is_the_end() -> None:
    shop = {1: items(1, 2), 2: items(3), 3: items()}
    pages = each_page(lambda number: Page(shop[number], None, None), size=2)
    assert list(pages) == [items(1, 2), items(3)]


def test_without_counts_a_page_that_comes_again_is_the_end() -> None:
    shop = {1: items(1, 2), 2: items(3), 3: items(3)}
    pages = each_page(lambda number: Page(shop[min(number, 3)], None, None), size=2)
    assert list(pages) == [items(1, 2), items(3)]


def test_what_many_deletions_move_over_several_edges_comes_too() -> None:
    left = list(range(1, 11))

    def fetch(number: int) -> Page:
        return Page(items(*left[2 * number - 2 : 2 * number]), len(left), -(-len(left) // 2))

    pages = each_page(fetch, size=2)
    found = [next(pages) for _ in range(3)]
    del left[:5]  # 7 and 8, the next ones, are on the first page now
    found += list(pages)
    assert sorted(str(each) for page in found for each in page) == sorted(
        str(each) for each in items(*range(1, 11))
    )


def test_a_catalogue_that_never_rests_is_given_up() -> None:
    asked: list[int] = []

    def fetch(number: int) -> Page:
        asked.append(number)
        return Page(items(len(asked)), total=100 + number % 2, pages=100)

    with pytest.raises(ConnectorError) as caught:
        list(each_page(fetch, size=1))
    assert caught.value.retryable
    assert len(asked) < 100

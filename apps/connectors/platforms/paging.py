"""Numbered pages of a catalogue that changes while it is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pydantic import JsonValue

from apps.connectors.platforms.errors import ConnectorError

_MOST_STEPS_BACK = 20
_MOST_DIGITS = 18  # int() refuses thousands of them


class Listing(NamedTuple):
    """`total` is how many items the platform says there are; `pages` how many pages; None: it does not say."""

    items: list[JsonValue]
    total: int | None
    pages: int | None


class Step(NamedTuple):
    """`after` is where another process goes on: the next page's number, the total, the highest id so far."""

    items: list[JsonValue]
    after: str


def each_page(fetch: Callable[[int], Listing], *, size: int, key: str = "id") -> Iterator[list[JsonValue]]:
    """Every item once (they differ in `key`), in order, from the platform's pages, which are numbered from 1."""
    return (step.items for step in each_step(fetch, size=size, key=key))


def each_step(fetch: Callable[[int], Listing], *, size: int, key: str = "id", after: str = "") -> Iterator[Step]:
    """As `each_page`, going on `after` a step that was taken before; that needs items in the order of numeric ids.

    What is deleted in mid-run moves the items behind it up, over the edge of a page that was read already. A total
    that has changed gives it away. Nothing does where as much was added meanwhile, so who goes on looks behind
    itself in any case: back to a page that holds nothing new, and on from there. No page past the last is asked
    for where the platform says how many there are, for some answer it with the last one.
    """
    seen: set[str] = set()
    number, before, read_to = _place(after)
    last, steps_back = read_to, 0
    looks_back = number > 1
    number = max(1, number - 1)
    while True:
        page = fetch(number)
        fallen = before - page.total if page.total is not None else 0
        has_grown = fallen < 0 and not looks_back
        before = page.total or 0
        if fallen > 0 and number > 1:
            looks_back = True
            steps_back = _one_more(steps_back)
            number = max(1, number - math.ceil(fallen / size))
            continue
        if number > 1 and (has_grown or (looks_back and not _lies_behind(page.items, key, last))):
            looks_back = True
            number -= 1
            continue
        fresh = [item for item in page.items if _is_new(item, key, seen, read_to)]
        last = max([last, *(_number(item, key) for item in fresh)])
        over = number >= page.pages if page.pages is not None else not (fresh or looks_back)
        looks_back = False
        number += 1
        if fresh:
            yield Step(fresh, f"{number}:{before}:{last}")
        if over:
            return


def _one_more(steps_back: int) -> int:
    if steps_back == _MOST_STEPS_BACK:
        raise ConnectorError(
            "platform_error",
            "The catalogue changes faster than it can be read. Try again in a few minutes.",
            retryable=True,
        )
    return steps_back + 1


def _lies_behind(items: list[JsonValue], key: str, last: int) -> bool:
    """Whether a page, and with it all before it, holds nothing behind the highest id that was read."""
    return bool(items) and max(_number(item, key) for item in items) <= last


def _place(after: str) -> tuple[int, int, int]:
    if not after:
        return 1, 0, 0
    number, total, last = after.split(":")
    return int(number), int(total), int(last)


def _is_new(item: JsonValue, key: str, seen: set[str], read_to: int) -> bool:
    """An item without its key is always new: whoever reads it will say what is wrong with it."""
    name = item.get(key) if isinstance(item, dict) else None
    if name is None:
        return True
    is_new = str(name) not in seen and not 0 < _number(item, key) <= read_to
    seen.add(str(name))
    return is_new


def _number(item: JsonValue, key: str) -> int:
    """The item's numeric id; 0: it has none."""
    return whole_number(str(item.get(key))) or 0 if isinstance(item, dict) else 0


def whole_number(text: str) -> int | None:
    """What `text` counts, None where it is no number that anything could have."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None

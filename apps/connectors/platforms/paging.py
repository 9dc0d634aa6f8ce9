"""Numbered pages of a catalogue that changes while it is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pydantic import JsonValue

from apps.connectors.platforms.errors import ConnectorError

_MOST_STEPS_BACK = 20


class Page(NamedTuple):
    """`total` is how many items the platform says there are; `pages` how many pages; None: it does not say."""

    items: list[JsonValue]
    total: int | None
    pages: int | None


def each_page(fetch: Callable[[int], Page], *, size: int, key: str = "id") -> Iterator[list[JsonValue]]:
    """Every item once (they differ in `key`), in order, from the platform's pages, which are numbered from 1.

    What is deleted in mid-run moves the items behind it up, over the edge of a page that was read already. A total
    that falls gives it away, and the pages that they may have moved to are read again. No page past the last is
    asked for where the platform says how many there are, for some answer it with the last one.
    """
    seen: set[str] = set()
    number, before, steps_back = 1, 0, 0
    while True:
        page = fetch(number)
        fresh = [item for item in page.items if _is_new(item, key, seen)]
        if fresh:
            yield fresh
        fallen = before - page.total if page.total is not None else 0
        before = page.total or 0
        if fallen > 0 and number > 1:
            steps_back += 1
            if steps_back > _MOST_STEPS_BACK:
                raise ConnectorError(
                    "platform_error",
                    "The catalogue changes faster than it can be read. Try again in a few minutes.",
                    retryable=True,
                )
            number = max(1, number - math.ceil(fallen / size))
        elif number >= page.pages if page.pages is not None else not fresh:
            return
        else:
            number += 1


def _is_new(item: JsonValue, key: str, seen: set[str]) -> bool:
    """An item without its key is always new: whoever reads it will say what is wrong with it."""
    name = item.get(key) if isinstance(item, dict) else None
    if name is None:
        return True
    is_new = str(name) not in seen
    seen.add(str(name))
    return is_new

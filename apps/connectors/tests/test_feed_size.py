"""A feed ten times as large needs no more memory."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Callable
from contextlib import closing

import pytest

from apps.connectors.platforms.feed.loading import load
from apps.connectors.platforms.feed.source import Source

TEXT = "Made of stoneware, glazed by hand. " * 20


def csv_feed(rows: int) -> str:
    lines = (f'{row},Mug {row},19.90 EUR,"{TEXT}",g{row // 3}' for row in range(rows))
    return "id,title,price,description,item_group_id\n" + "\n".join(lines)


def json_feed(rows: int) -> str:
    return "\n".join(f'{{"id": {row}, "title": "Mug {row}", "description": "{TEXT}"}}' for row in range(rows))


def xml_feed(rows: int) -> str:
    items = (
        f"<item><id>{row}</id><title>Mug {row}</title><description>{TEXT}</description></item>"
        for row in range(rows)
    )
    return f"<rss><channel>{''.join(items)}</channel></rss>"


def peak(feed: str) -> int:
    """Bytes of Python's own that reading it took at most; SQLite's are bounded by its page cache."""
    with tempfile.TemporaryFile() as file:
        file.write(feed.encode())
        tracemalloc.start()
        try:
            with closing(load(Source(file), {})) as loaded:
                for _ in loaded.groups():
                    pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("make", [csv_feed, json_feed, xml_feed])
def test_memory_does_not_grow_with_the_feed(make: Callable[[int], str]) -> None:
    small, large = make(500), make(5000)
    peak(small)  # what is imported and cached on the way is none of it
    assert peak(large) - peak(small) < (len(large) - len(small)) / 10

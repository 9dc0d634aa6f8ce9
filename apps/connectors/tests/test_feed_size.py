"""A feed ten times as large needs no more memory."""

from __future__ import annotations

import gzip
import tempfile
import tracemalloc
from collections.abc import Callable
from contextlib import closing

import pytest

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.feed.loading import load
from apps.connectors.platforms.feed.source import Source
from apps.connectors.tests.feeds import feed

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


def broken_feed(rows: int) -> str:
    return '{"id": 1, "title": "Mug"}\n' + "not a product\n" * rows


def peak(text: str) -> int:
    """Bytes of Python's own that reading it took at most; SQLite's are bounded by its page cache."""
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
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


def test_of_many_reasons_the_first_are_kept_and_the_rest_counted() -> None:
    with feed(broken_feed(5000)) as connector:
        assert [product.title for page in connector.iter_products() for product in page] == ["Mug"]
        assert len(connector.rejected) == 1001
        assert connector.rejected[-1] == "4000 more of the feed’s rows are left out."


def test_a_check_does_not_unpack_a_small_file_that_is_large() -> None:
    rows = "".join(f"{n},Mug,5\n" for n in range(3)) + "\n" * 20_000_000
    packed = gzip.compress(f"id,title,price\n{rows}".encode())
    with tempfile.TemporaryFile() as file:
        file.write(packed)
        source = Source(file, most=1024 * 1024)
        assert not source.complete
        assert sum(map(len, source.chunks())) <= 1024 * 1024
    with feed(packed) as connector:
        assert connector.check().products is None


def test_elements_that_lie_endlessly_in_each_other_are_refused() -> None:
    with feed("<rss>" + "<a>" * 1000) as connector, pytest.raises(ConnectorError, match="deep"):
        connector.check()


def test_a_table_without_line_ends_is_refused() -> None:
    with (
        feed("id,title\n" + "," * 2_000_000) as connector,
        pytest.raises(ConnectorError, match="longer than 1 MB"),
    ):
        connector.count()

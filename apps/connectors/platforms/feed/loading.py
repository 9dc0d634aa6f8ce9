"""A feed's file into the spool: each row by our names, under its own id and with its variants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, islice

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.feed.columns import Columns, Row
from apps.connectors.platforms.feed.merchant_xml import xml_rows
from apps.connectors.platforms.feed.reasons import Reasons
from apps.connectors.platforms.feed.source import Source
from apps.connectors.platforms.feed.spool import Group, Spool, Texts
from apps.connectors.platforms.feed.tables import Reject, all_but_the_last, csv_rows, json_rows
from apps.connectors.platforms.money import shows_decimal_comma

_SAMPLE = 50  # rows that tell which columns there are
_MOST_SHAPES = 500  # rows of XML and JSON may each have other columns
_LONGEST_ID = 150
_NO = frozenset({"0", "-1", "no", "false"})
_DRAFTS = frozenset({"draft", "archived", "private", "pending", "trash"})
_NO_GROUP = frozenset({"", "0", "-", "none", "null", "n/a"})


class Loaded:
    """A feed that was read. Close it."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.rejected = Reasons()
        self._spool = Spool()
        self._signs: Counter[bool | None] = Counter()

    def close(self) -> None:
        self._spool.close()

    def add(self, texts: Texts) -> None:
        group = texts.get("group", "").removeprefix("id:")  # as WooCommerce writes it
        row_id = texts.get("id") or (group if "title" in texts else "")
        if _is_hidden(texts) or (group and not row_id and "price" not in texts):
            return  # in Shopify's exports, rows without a price hold further pictures
        if not row_id or len(row_id) > _LONGEST_ID:
            title = texts.get("title", "")[:60]
            self.rejected.append(f"“{title}” has no id." if not row_id else f"The id {row_id[:40]}… is too long.")
            return
        self._signs.update(shows_decimal_comma(texts[name]) for name in ("price", "sale_price") if name in texts)
        alone = group.casefold() in _NO_GROUP
        self._spool.add(row_id, {**texts, "id": row_id}, group=row_id if alone else group[:_LONGEST_ID])

    @property
    def decimal_comma(self) -> bool:
        """How this feed writes prices, by those that leave no doubt."""
        return self._signs[True] > self._signs[False]

    def count(self) -> int:
        return self._spool.count()

    def groups(self, *, after: int = 0) -> Iterator[Group]:
        return self._spool.groups(after=after)


def load(source: Source, override: Mapping[str, str]) -> Loaded:
    """Read the whole source; `ConnectorError("bad_shape")` when it is no feed, or none that has products."""
    early = Reasons()
    rows = _rows(source, early.append)
    if not source.complete:
        rows = all_but_the_last(rows)
    sample = list(islice(rows, _SAMPLE))
    loaded = Loaded(Columns(dict.fromkeys(name for row in sample for name in row), override))
    loaded.rejected = early  # those that come later are added to the same list
    try:
        if sample:
            _check(loaded.columns, override)
        shapes: dict[tuple[str, ...], Columns] = {}
        for row in chain(sample, rows):
            loaded.add(_columns_of(row, shapes, override).read(row))
    except BaseException:
        loaded.close()
        raise
    return loaded


def _is_hidden(texts: Texts) -> bool:
    """Whether the shop itself does not show it: its export has drafts too."""
    return texts.get("published", "").casefold() in _NO or texts.get("status", "").casefold() in _DRAFTS


def _check(columns: Columns, override: Mapping[str, str]) -> None:
    try:
        columns.check(override)
    except ValueError as error:
        raise ConnectorError("bad_shape", str(error)) from error


def _columns_of(row: Row, shapes: dict[tuple[str, ...], Columns], override: Mapping[str, str]) -> Columns:
    names = tuple(row)
    if names not in shapes:
        if len(shapes) > _MOST_SHAPES:
            shapes.clear()
        shapes[names] = Columns(names, override)
    return shapes[names]


def _rows(source: Source, reject: Reject) -> Iterator[Row]:
    """By what the feed begins with, whatever its address and headers say."""
    start = source.text().read(256).lstrip("\ufeff \t\r\n").casefold()
    if not start:
        raise ConnectorError("bad_shape", "The feed is empty.")
    if start.startswith(("<!doctype html", "<html")):
        raise ConnectorError("bad_shape", "The address answered with a web page, not with a feed. Check it.")
    if start.startswith("pk\x03\x04"):
        raise ConnectorError(
            "bad_shape", "The feed is packed as zip or is a spreadsheet. Offer it as CSV or gzip."
        )
    if start.startswith("<"):
        return xml_rows(source)
    return json_rows(source, reject) if start.startswith(("{", "[")) else csv_rows(source, reject)

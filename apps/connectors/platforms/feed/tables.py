"""Rows of text feeds: CSV with whatever separates its cells, and JSON, an object a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice

from pydantic import JsonValue
from pydantic_core import from_json

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.feed.columns import KNOWN, KNOWN_ATTRIBUTES, Row, plain
from apps.connectors.platforms.feed.source import Source

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_LINE = 1024 * 1024
_NAMES = frozenset(name for names in (*KNOWN.values(), *KNOWN_ATTRIBUTES.values()) for name in names)

Reject = Callable[[str], None]  # told why a row is left out


def csv_rows(source: Source, reject: Reject) -> Iterator[Row]:
    """Rows by the names in the header."""
    table = csv.reader(_lines(source), delimiter=_separator(source))
    try:
        header = [name.strip() for name in next(table, [])]
        for cells in table:
            if not any(cells):
                continue
            if any(cells[len(header) :]):
                reject(f"Line {table.line_num} has more cells than the header. Is a quotation mark missing?")
                continue
            yield dict(zip(header, cells, strict=False))
    except csv.Error as error:
        raise ConnectorError(
            "bad_shape", f"The feed cannot be read from line {table.line_num} on: {error}."
        ) from error


def _separator(source: Source) -> str:
    """What separates the cells: what makes most well-known names of the header, or most names at all."""
    start = source.text().read(_LONGEST_LINE // 16)

    def names_found(separator: str) -> tuple[int, int]:
        names = next(csv.reader(io.StringIO(start), delimiter=separator), [])
        return sum(plain(name) in _NAMES for name in names), len(names)

    try:
        return max(_SEPARATORS, key=names_found)
    except csv.Error as error:
        raise ConnectorError("bad_shape", "The feed is no table: its first line cannot be read.") from error


def json_rows(source: Source, reject: Reject) -> Iterator[Row]:
    """An object a line; the brackets and commas of a list around them do no harm."""
    for number, line in enumerate(_lines(source), 1):
        content = line.strip().rstrip(",")
        if content in ("", "[", "]"):
            continue
        items = _objects(content)
        if not items:
            reject(f"Line {number} is no JSON object.")
        for item in items:
            yield {name: text_of(value) for name, value in item.items()}


def _lines(source: Source) -> Iterator[str]:
    text = source.text()
    lines: Iterator[str] = iter(lambda: text.readline(_LONGEST_LINE), "")
    for number, line in enumerate(lines, 1):
        if len(line) == _LONGEST_LINE:
            raise ConnectorError(
                "bad_shape", f"Line {number} of the feed is longer than 1 MB: one product a line."
            )
        yield line


def _objects(content: str) -> list[dict[str, JsonValue]]:
    for attempt in (content, content.removeprefix("["), content.removesuffix("]")):
        try:
            read: JsonValue = from_json(attempt)
        except ValueError:
            continue
        return [item for item in (read if isinstance(read, list) else [read]) if isinstance(item, dict)]
    return []


def text_of(value: JsonValue) -> str:
    """A value of JSON as a cell: lists in lines, an amount with its currency as a price."""
    if isinstance(value, dict):
        return " ".join(text_of(part) for name in ("value", "amount", "currency") if (part := value.get(name)))
    if isinstance(value, list):
        return "\n".join(text for text in map(text_of, value) if text)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def all_but_the_last(rows: Iterator[Row]) -> Iterator[Row]:
    """For the beginning of a feed, whose last row is cut somewhere."""
    held = list(islice(rows, 1))
    for row in rows:
        yield held.pop()
        held.append(row)

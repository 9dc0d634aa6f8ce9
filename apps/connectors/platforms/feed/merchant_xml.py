"""Rows of XML feeds: Google Merchant's RSS 2.0 and Atom, and others that list items the same way.

Read by expat as it comes. A document type is refused, and with it every entity of the feed's own making: there is
nothing that could unfold into more than was sent, or be fetched from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.feed.columns import DETAIL, Row
from apps.connectors.platforms.feed.source import Source

_ITEMS = frozenset({"item", "entry", "product", "offer"})
_GOOGLE = "http://base.google.com/ns/1.0"
_DEEPEST = 100
_MOST_TEXT = 1024 * 1024  # characters of one item


def xml_rows(source: Source) -> Iterator[Row]:
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        for chunk in source.chunks():
            parser.Parse(chunk, False)
            yield from reader.take()
        if source.complete:
            parser.Parse(b"", True)
            yield from reader.take()
    except expat.ExpatError as error:
        raise ConnectorError("bad_shape", f"The feed is no well-formed XML: {error}.") from error


class _Reader:
    """Collects the items that expat tells of."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._path: list[str] = []  # the open elements
        self._item: dict[str, str] | None = None
        self._item_depth = 0
        self._texts: list[str] = []
        self._size = 0
        self._google: set[str] = set()  # what Google's own elements have said of the item
        self._detail: dict[str, str] = {}

    def take(self) -> list[Row]:
        rows, self._rows = self._rows, []
        return rows

    def doctype(self, *_: object) -> None:
        raise ConnectorError("bad_shape", "The feed has a document type (<!DOCTYPE>). Leave it out.")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2].casefold()
        self._path.append(local)
        if len(self._path) > _DEEPEST:
            raise ConnectorError("bad_shape", f"The feed’s elements lie more than {_DEEPEST} deep in each other.")
        if self._item is None:
            if local in _ITEMS:
                self._item, self._item_depth, self._size, self._google = {}, len(self._path), 0, set()
            return
        self._texts = []
        if local == "link" and attributes.get("href") and attributes.get("rel", "alternate") == "alternate":
            self._item.setdefault("link", attributes["href"])  # as Atom writes it

    def text(self, data: str) -> None:
        if self._item is None:
            return
        self._size += len(data)
        if self._size > _MOST_TEXT:
            raise ConnectorError("bad_shape", "A product of the feed is larger than 1 MB.")
        self._texts.append(data)

    def end(self, name: str) -> None:
        depth = len(self._path) - self._item_depth
        local = self._path.pop()
        if self._item is None:
            return
        text, self._texts = "".join(self._texts).strip(), []
        if depth == 0:
            self._rows.append(self._item)
            self._item = None
        elif depth == 1 and local == "product_detail":
            self._close_detail(self._item)
        elif depth == 1 and text:
            self._say(self._item, local, text, google=name.startswith(_GOOGLE))
        elif depth == 2 and self._path[-1] == "product_detail":
            self._detail[local] = text

    def _say(self, item: dict[str, str], name: str, text: str, *, google: bool) -> None:
        """Google's own element counts before one of the same name; what is said again is added."""
        if google == (name in self._google) and name in item:
            item[name] += f"\n{text}"
        elif google or name not in item:
            item[name] = text
        if google:
            self._google.add(name)

    def _close_detail(self, item: dict[str, str]) -> None:
        name, value = self._detail.get("attribute_name"), self._detail.get("attribute_value")
        if name and value:
            item[f"{DETAIL}{name}"] = value
        self._detail = {}

"""The interchange formats of judged searches: products as JSON lines, queries and judgements as TSV."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from apps.catalog.engine.errors import CatalogError
from apps.catalog.product import Product

Judgements = dict[str, dict[str, int]]

_LONGEST_TITLE = 500
_GRADES = range(4)
# What a line may say about a product under the same name as the record does.
_SAME = ("description", "price", "currency", "brand", "image_url", "url", "rating", "rating_count", "in_stock")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a catalogue: the product, and the one text that the plain BM25 baseline ranks."""

    product: Product
    plain_text: str


def read_products(path: Path) -> list[Product]:
    """The products of a JSON lines file (`.gz` too). `CatalogError("bad_file")` names the file and the line."""
    return [entry.product for entry in read_catalogue(path)]


def read_catalogue(path: Path) -> Iterator[Entry]:
    """The products with their plain texts. A line has an id, and what is known: title, brand, attributes ..."""
    for number, line in _lines(path):
        with _complaints(path, number):
            record = json.loads(line)
            if not isinstance(record, dict):
                raise ValueError("a product must be a JSON object")
            yield Entry(_product(record), plain_text(record))


def read_queries(path: Path) -> dict[str, str]:
    """Query id to text, from lines `id<TAB>text`."""
    queries: dict[str, str] = {}
    for number, line in _lines(path):
        with _complaints(path, number):
            id_, text = _columns(line, 2)
            queries[id_] = text
    return queries


def read_judgements(path: Path) -> Judgements:
    """Query id to product id to grade, from lines `query<TAB>product<TAB>grade`; a grade is 0, 1, 2 or 3."""
    judged: Judgements = {}
    for number, line in _lines(path):
        with _complaints(path, number):
            query, product, grade = _columns(line, 3)
            if not grade.strip().isdecimal() or int(grade) not in _GRADES:
                raise ValueError(f"the grade is {grade!r}, and not 0, 1, 2 or 3")
            judged.setdefault(query, {})[product] = int(grade)
    return judged


def plain_text(record: dict[str, Any]) -> str:
    """What the baseline searches: title, description, brand and category, as they are written."""
    return " ".join(str(record[key]) for key in ("title", "description", "brand", "category") if record.get(key))


def readable(value: Any) -> str:
    """An attribute's value as a shop would write it: True is "yes", 16.0 is "16", a list its parts."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(readable(one) for one in value)
    return str(value)


def _product(record: dict[str, Any]) -> Product:
    if record.get("id") in (None, ""):
        raise ValueError("the product has no id")
    category = record.get("category") or ""
    fields: dict[str, Any] = {name: record[name] for name in _SAME if record.get(name) is not None}
    fields |= {
        "product_id": str(record["id"]),
        # A product must be called something; one without a title is called by its description or its id.
        "title": str(record.get("title") or record.get("description") or record["id"])[:_LONGEST_TITLE],
        "sku": str(record.get("sku") or ""),
        "gtins": [str(gtin) for gtin in record.get("ean") or ()],
        "category": " > ".join(category) if isinstance(category, list) else category,
        "attributes": {
            " ".join(name.replace("_", " ").split()): readable(value)
            for name, value in (record.get("attributes") or {}).items()
            if value is not None
        },
    }
    return Product.model_validate(fields)


def _columns(line: str, wanted: int) -> list[str]:
    columns = line.split("\t")
    if len(columns) != wanted:
        raise ValueError(f"{wanted} columns with tabs between them are needed, not {len(columns)}")
    return columns


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that hold something, with their numbers."""
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise CatalogError("bad_file", f"{path} cannot be read: {error}") from error


@contextmanager
def _complaints(path: Path, number: int) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CatalogError("bad_file", f"{path}, line {number}: {where}: {first['msg']}") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise CatalogError("bad_file", f"{path}, line {number}: {error}") from error

"""A small shop for the tests of this room: every part of search has something to find and something to miss."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from pydantic import TypeAdapter

from apps.catalog.product import Product

SHOP = TypeAdapter(list[Product]).validate_json(Path(__file__).with_name("shop.json").read_bytes())
_numbers = count(1)


def new_store() -> str:
    """A store id that no other test has."""
    return f"test-store-{next(_numbers)}"

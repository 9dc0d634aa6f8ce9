"""How the catalogue reads a message: each reading costs the index a question or two, so none is made twice."""

from __future__ import annotations

from typing import Any

import pytest

from apps.catalog.engine.catalog import Catalog
from apps.chat.tests.talking import Shopper

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_wish_is_read_once(demo_shopper: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = Catalog.parse

    def parse(catalog: Catalog, *, text: str, **options: Any) -> Any:
        read.append(text)
        return real(catalog, text=text, **options)

    monkeypatch.setattr(Catalog, "parse", parse)
    reply = await demo_shopper.say(" warm jackets for men under $60 ")
    assert reply.products
    assert read == ["warm jackets for men under $60"]

"""The walk of the first run, on production's parts."""

from __future__ import annotations

import pytest

from tests.production.shopper import page, public_key
from tests.stack import Stack


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    return public_key(stack)


async def test_a_conversation_goes_on_at_whichever_web_process_its_page_finds(stack: Stack, key: str) -> None:
    first, second = stack.webs
    async with page(first, key) as here:
        found = await here.answer("a warm jacket for men under 60 dollars")
    assert any(part["type"] == "products" and part["items"] for part in found["parts"])
    async with page(second, key, token=here.token, after=here.seq) as there:
        added = await there.answer("add the second one")
        cart = next(part for part in added["parts"] if part["type"] == "cart")
        assert [line["quantity"] for line in cart["cart"]["lines"]] == [1]
    async with page(first, key, token=there.token, after=there.seq) as back:
        ready = back.frames[-1]
        assert ready["cart"]["lines"] == cart["cart"]["lines"]

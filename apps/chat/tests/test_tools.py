"""The tool engine, and each tool against a real index and a real database."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from pydantic import BaseModel

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.catalog.product import Product
from apps.chat.models import CartItem, ChatSession, ToolCall
from apps.chat.parts import CartPart, ProductsPart
from apps.chat.sessions import open_session
from apps.chat.tests.desk import TestDesk
from apps.chat.tools.base import Tool, ToolContext, ToolEngine, ToolError, ToolResult
from apps.chat.tools.registry import TOOLS

pytestmark = pytest.mark.django_db(transaction=True)


class Words(BaseModel):
    word: str
    count: int = 1


class Echo(Tool[Words]):
    name = "echo"
    description = "Says it again."
    Arguments = Words

    async def run(self, context: ToolContext, arguments: Words) -> ToolResult:
        return ToolResult(content={"said": arguments.word * arguments.count, "call": context.call_id})


class Sleeps(Echo):
    name = "sleeps"
    seconds = 0.02

    async def run(self, context: ToolContext, arguments: Words) -> ToolResult:
        await asyncio.sleep(60)
        return ToolResult(content={})


class Breaks(Echo):
    name = "breaks"

    async def run(self, context: ToolContext, arguments: Words) -> ToolResult:
        raise OSError("secret path /etc/passwd")


SAMPLES: dict[str, Tool[Any]] = {tool.name: tool for tool in (Echo(), Sleeps(), Breaks())}


@pytest.fixture
def session(store: Store) -> ChatSession:
    return open_session(store=store)


@pytest.fixture
def engine(session: ChatSession) -> ToolEngine:
    return engine_for(session)


def engine_for(session: ChatSession, *, turn: str = "", tools: dict[str, Tool[Any]] | None = None) -> ToolEngine:
    context = ToolContext(
        store_id=str(session.store_id),
        session_id=str(session.pk),
        visitor=str(session.visitor),
        turn_id=turn or str(uuid.uuid4()),
    )
    return ToolEngine(context, tools if tools is not None else dict(TOOLS))


@in_database
def in_cart(session: ChatSession) -> dict[str, int]:
    rows = CartItem.objects.filter(store_id=session.store_id, visitor=session.visitor)
    return {row.product_id: row.quantity for row in rows}


async def refused(engine: ToolEngine, name: str, arguments: dict[str, Any], call_id: str = "c1") -> str:
    with pytest.raises(ToolError) as error:
        await engine.call(name, arguments, call_id)
    assert error.value.text
    return error.value.code


async def test_arguments_are_checked_and_defaults_filled(session: ChatSession) -> None:
    engine = engine_for(session, tools=SAMPLES)
    result = await engine.call("echo", {"word": "hi"}, "c1")
    assert result.content == {"said": "hi", "call": "c1"}
    assert await refused(engine, "echo", {"word": "hi", "count": "many"}) == "bad_arguments"
    assert await refused(engine, "echo", {}) == "bad_arguments"
    assert await refused(engine, "echo", {"word": "hi"}, "") == "bad_arguments"
    assert await refused(engine, "echo", {"word": "hi"}, "x" * 61) == "bad_arguments"
    assert await refused(engine, "rm", {}) == "unknown_tool"


async def test_a_tool_that_takes_too_long_or_breaks_says_so_without_its_inside(session: ChatSession) -> None:
    engine = engine_for(session, tools=SAMPLES)
    assert await refused(engine, "sleeps", {"word": "hi"}) == "timeout"
    with pytest.raises(ToolError) as error:
        await engine.call("breaks", {"word": "hi"}, "c2")
    assert error.value.code == "failed"
    assert "passwd" not in str(error.value)


async def test_what_ran_is_noted_for_the_record(session: ChatSession) -> None:
    engine = engine_for(session, tools=SAMPLES)
    await engine.call("echo", {"word": "hi"}, "c1")
    await refused(engine, "breaks", {"word": "hi"}, "c2")
    assert [(call["id"], call["name"], call.get("error")) for call in engine.calls] == [
        ("c1", "echo", None),
        ("c2", "breaks", "failed"),
    ]
    assert all(call["ms"] >= 0 for call in engine.calls)


def test_schemas_name_every_tool_and_forbid_what_they_do_not_know(engine: ToolEngine) -> None:
    schemas = {schema["name"]: schema for schema in engine.schemas()}
    assert set(schemas) == {
        "search_products", "add_to_cart", "update_cart", "view_cart", "get_order_status", "escalate_to_human",
    }  # fmt: skip
    for schema in schemas.values():
        assert schema["description"]
        assert schema["parameters"]["type"] == "object"
        assert schema["parameters"]["additionalProperties"] is False
    assert schemas["add_to_cart"]["parameters"]["required"] == ["product_id"]


async def test_a_search_shows_what_the_index_found(engine: ToolEngine, shelf: list[Product]) -> None:
    result = await engine.call("search_products", {"query": "rain jacket", "limit": 2}, "c1")
    products = result.content["products"]
    assert products[0] == {
        "product_id": "jacket-blue",
        "title": "Harbour Rain Jacket",
        "price": 54.9,
        "currency": "USD",
        "in_stock": True,
        "rating": 4.5,
        "category": "Men > Jackets",
        "brand": "Northway",
        "attributes": {"colour": "blue"},
        "description": "A light waterproof jacket for rainy days.",
    }
    assert len(products) <= 2
    part = next(part for part in result.parts if isinstance(part, ProductsPart))
    assert part.product_ids == [product["product_id"] for product in products]
    assert part.items == []


async def test_limits_of_a_search_hold_and_are_told(engine: ToolEngine, shelf: list[Product]) -> None:
    result = await engine.call("search_products", {"query": "jacket", "price_max": 60}, "c1")
    assert [product["product_id"] for product in result.content["products"]] == ["jacket-blue"]
    assert result.content["labels"]
    result = await engine.call("search_products", {"query": "lamp", "in_stock": True}, "c2")
    assert "sold-out" not in [product["product_id"] for product in result.content["products"]]


async def test_another_stores_products_are_neither_found_nor_sold(
    other_store: Store, shelf: list[Product]
) -> None:
    engine = engine_for(await in_database(open_session)(store=other_store))
    result = await engine.call("search_products", {"query": "rain jacket"}, "c1")
    assert result.content["products"] == []
    assert await refused(engine, "add_to_cart", {"product_id": "jacket-blue"}, "c2") == "unknown_product"


async def test_adding_counts_on_top_of_what_is_there(
    session: ChatSession, engine: ToolEngine, shelf: list[Product]
) -> None:
    await engine.call("add_to_cart", {"product_id": "mug"}, "c1")
    result = await engine.call("add_to_cart", {"product_id": "mug", "quantity": 2}, "c2")
    assert (result.content["quantity"], result.content["cart_count"]) == (3, 3)
    assert result.content["product"]["title"] == "Speckled Stoneware Mug"
    assert result.parts == [CartPart()]
    assert await in_cart(session) == {"mug": 3}


async def test_the_same_call_twice_acts_once_and_tells_the_first_result(
    session: ChatSession, engine: ToolEngine, shelf: list[Product]
) -> None:
    first = await engine.call("add_to_cart", {"product_id": "mug"}, "c1")
    again = await engine.call("add_to_cart", {"product_id": "mug"}, "c1")
    assert again == first
    assert await in_cart(session) == {"mug": 1}


async def test_the_same_call_many_times_at_once_acts_once(session: ChatSession, shelf: list[Product]) -> None:
    turn = str(uuid.uuid4())
    engines = [engine_for(session, turn=turn) for _ in range(6)]
    results = await asyncio.gather(
        *(engine.call("add_to_cart", {"product_id": "mug"}, "c1") for engine in engines)
    )
    assert len({result.model_dump_json() for result in results}) == 1
    assert await in_cart(session) == {"mug": 1}
    assert await in_database(ToolCall.objects.count)() == 1


async def test_the_same_call_id_with_other_arguments_is_a_conflict(
    session: ChatSession, engine: ToolEngine, shelf: list[Product]
) -> None:
    await engine.call("add_to_cart", {"product_id": "mug"}, "c1")
    assert await refused(engine, "add_to_cart", {"product_id": "mug", "quantity": 5}) == "call_conflict"
    assert await in_cart(session) == {"mug": 1}


async def test_a_new_attempt_does_not_repeat_what_the_first_did(
    session: ChatSession, engine: ToolEngine, shelf: list[Product]
) -> None:
    await engine.call("add_to_cart", {"product_id": "mug"}, "call_1")
    engine.new_attempt()
    await engine.call("add_to_cart", {"product_id": "mug"}, "other_id")
    assert await in_cart(session) == {"mug": 1}
    await engine.call("add_to_cart", {"product_id": "jacket-blue"}, "third")
    assert await in_cart(session) == {"mug": 1, "jacket-blue": 1}


async def test_equal_calls_of_one_attempt_are_two_deeds(
    session: ChatSession, engine: ToolEngine, shelf: list[Product]
) -> None:
    await engine.call("add_to_cart", {"product_id": "mug"}, "c1")
    await engine.call("add_to_cart", {"product_id": "mug"}, "c2")
    assert await in_cart(session) == {"mug": 2}


async def test_what_is_sold_out_or_unknown_is_not_added(
    session: ChatSession, engine: ToolEngine, shelf: list[Product]
) -> None:
    assert await refused(engine, "add_to_cart", {"product_id": "sold-out"}) == "out_of_stock"
    assert await refused(engine, "add_to_cart", {"product_id": "nothing"}) == "unknown_product"
    assert await refused(engine, "add_to_cart", {"product_id": "mug", "quantity": 0}) == "bad_arguments"
    assert await refused(engine, "add_to_cart", {"product_id": "mug", "quantity": 1000}) == "bad_arguments"
    assert await refused(engine, "update_cart", {"product_id": "mug", "quantity": 0}) == "not_in_cart"
    assert await in_cart(session) == {}
    assert await in_database(ToolCall.objects.count)() == 0


async def test_updating_sets_and_removes(session: ChatSession, engine: ToolEngine, shelf: list[Product]) -> None:
    await engine.call("update_cart", {"product_id": "mug", "quantity": 4}, "c1")
    assert await in_cart(session) == {"mug": 4}
    result = await engine.call("update_cart", {"product_id": "mug", "quantity": 0}, "c2")
    assert (result.content["quantity"], result.content["cart_count"]) == (0, 0)
    assert await in_cart(session) == {}


async def test_viewing_the_cart_tells_prices_of_the_index(engine: ToolEngine, shelf: list[Product]) -> None:
    await engine.call("add_to_cart", {"product_id": "mug", "quantity": 2}, "c1")
    result = await engine.call("view_cart", {}, "c2")
    assert result.content == {
        "lines": [
            {
                "product_id": "mug",
                "title": "Speckled Stoneware Mug",
                "price": 14.0,
                "quantity": 2,
                "total": 28.0,
            }
        ],
        "count": 2,
        "total": 28.0,
        "currency": "USD",
    }


async def test_an_order_that_no_platform_knows_is_not_found(engine: ToolEngine) -> None:
    arguments = {"number": "#1001", "email": "maya@example.com"}
    assert await refused(engine, "get_order_status", arguments) == "not_found"
    for wrong in ({**arguments, "email": "maya"}, {**arguments, "number": "1001; drop"}, {"number": "1001"}):
        assert await refused(engine, "get_order_status", wrong) == "bad_arguments"


async def test_escalating_twice_in_a_turn_asks_once(engine: ToolEngine, desk: TestDesk) -> None:
    before = engine.handed_off
    await engine.call("escalate_to_human", {"reason": "a refund"}, "c1")
    assert (before, engine.handed_off) == (False, True)
    await engine.call("escalate_to_human", {"reason": "a refund"}, "c1")
    assert await refused(engine, "escalate_to_human", {"reason": "again"}, "c2") == "not_owner"
    assert desk.reasons == ["a refund"]

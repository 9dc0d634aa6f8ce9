"""A shopper who talks with the assistant in tests, through the real turn loop, over the demo's catalogue."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from django.conf import settings

from apps.accounts.database import in_database
from apps.accounts.models import Store
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.product import Product
from apps.chat import turn_store
from apps.chat.decide import answer
from apps.chat.events import MessageDelta, MessageFrame, TurnEnd
from apps.chat.messages import parts_of
from apps.chat.models import CartItem, ChatSession, Message
from apps.chat.parts import ChoicesPart, FiltersPart, OrderPart, Part, ProductsPart
from apps.chat.turn import Answerer, Turn, run_turn
from apps.connectors.platforms.fakestore import product_from_item

ORDERS = {
    "1001": {
        "id": 1001,
        "userId": 7,
        "date": "2026-11-12T10:00:00Z",
        "products": [],
        "status": "shipped",
        "tracking": "HL-204",
        "total": 54.9,
    },
}  # fmt: skip - one order a row
USERS = {"7": {"id": 7, "email": "maya@example.com"}}


@cache
def demo_products() -> tuple[Product, ...]:
    """The demo store's products, as its connector delivers them."""
    items = json.loads((settings.BASE_DIR / "eaichat" / "demo" / "data" / "products.json").read_bytes())
    return tuple(
        product_from_item(
            {**item, "image": f"/image/{item['id']}.svg"},
            base_url="http://localhost:8000/demo/api",
            connector_id="c1",
            currency="USD",
        )
        for item in items
    )


@dataclass
class Reply:
    """What the shopper got: the words as streamed, and the parts of the stored message."""

    text: str
    deltas: int
    parts: list[Part]
    products: list[Product]
    record: dict[str, Any]
    state: str

    @property
    def choices(self) -> list[str]:
        return [choice.text for part in self.parts if isinstance(part, ChoicesPart) for choice in part.choices]

    @property
    def filters(self) -> list[str]:
        return [label for part in self.parts if isinstance(part, FiltersPart) for label in part.labels]

    @property
    def titles(self) -> list[str]:
        return [product.title for product in self.products]

    @property
    def order(self) -> OrderPart | None:
        return next((part for part in self.parts if isinstance(part, OrderPart)), None)

    @property
    def intent(self) -> str:
        return str(self.record.get("intent", {}).get("name", ""))

    def has(self, kind: str) -> bool:
        return any(part.type == kind for part in self.parts)


@dataclass
class Shopper:
    """`await shopper.say("...")` is one turn."""

    store: Store
    shelf: dict[str, Product]
    answerer: Answerer = answer
    session: ChatSession = field(init=False)
    _gate: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.session = ChatSession.objects.create(store=self.store)

    async def say(self, text: str, *, photo: SearchQuery | None = None) -> Reply:
        """`photo`: what a photo that comes along found."""
        client_id = uuid.uuid4().hex
        accept = partial(
            turn_store.accept, session_id=self.session.pk, client_id=client_id, text=text, photo=photo
        )
        turn = Turn(session_id=self.session.pk, accept=accept, answerer=self.answerer, gate=self._gate)
        deltas: list[str] = []
        frame: MessageFrame | None = None
        state = ""
        async for event in run_turn(turn):
            match event:
                case MessageDelta(text=piece):
                    deltas.append(piece)
                case MessageFrame() if event.author.kind == "assistant":
                    frame = event
                case TurnEnd():
                    state = event.state
        assert frame is not None, f"no answer to {text!r} ({state})"
        return await in_database(self._reply)(uuid.UUID(frame.id), deltas, state)

    def _reply(self, message_id: uuid.UUID, deltas: list[str], state: str) -> Reply:
        message = Message.objects.get(pk=message_id)
        parts = parts_of(message)
        ids = [key for part in parts if isinstance(part, ProductsPart) for key in part.product_ids]
        return Reply(
            text="".join(deltas),
            deltas=len(deltas),
            parts=parts,
            products=[self.shelf[key] for key in ids],
            record=message.record,
            state=state,
        )

    async def cart(self) -> dict[str, int]:
        """Titles and quantities."""
        return await in_database(self._cart)()

    def _cart(self) -> dict[str, int]:
        items = CartItem.objects.filter(store=self.store, visitor=self.session.visitor)
        return {self.shelf[item.product_id].title: item.quantity for item in items}


class _Platform(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        """Quiet."""

    def do_GET(self) -> None:
        kind, _, key = self.path.rpartition("/")
        found = (ORDERS if kind.endswith("carts") else USERS).get(key)
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def order_platform() -> Iterator[str]:
    """A Fake Store API with one order, on a loopback port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Platform) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()

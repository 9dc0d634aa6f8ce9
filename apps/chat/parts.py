"""What a message is made of: stored by reference, shown with what the index says now.

A stored products part names product ids only. `apps.chat.wire` fills cards from the index when a message is sent,
so a wrong price or stock level cannot be shown.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProductCard(_Part):
    """A product as shoppers see it; every field is the index record's."""

    product_id: str
    title: str
    price: float | None
    currency: str
    image_url: str
    url: str
    category: str
    brand: str
    rating: float | None
    rating_count: int | None
    in_stock: bool


class CartLine(_Part):
    product: ProductCard
    quantity: int
    total: float | None


class Cart(_Part):
    lines: list[CartLine] = []
    count: int = 0
    total: float = 0.0
    currency: str = "USD"
    checkout_url: str = ""


class OrderLine(_Part):
    title: str
    quantity: int


class TextPart(_Part):
    type: Literal["text"] = "text"
    text: str


class PhotoPart(_Part):
    """The shopper sent a photo here. It was searched with, and nothing of it is kept."""

    type: Literal["photo"] = "photo"


class ProductsPart(_Part):
    """Stored: `product_ids`, `items` empty. On the wire: `items` filled; a product that is gone is left out."""

    type: Literal["products"] = "products"
    product_ids: list[str]
    items: list[ProductCard] = []


class CartPart(_Part):
    """The cart after this message's change; on the wire with the cart as it is now."""

    type: Literal["cart"] = "cart"
    cart: Cart | None = None


class OrderPart(_Part):
    type: Literal["order"] = "order"
    number: str
    status: str
    placed_at: str
    tracking: str = ""
    total: float | None = None
    currency: str = "USD"
    lines: list[OrderLine] = []


class Choice(_Part):
    """A quick reply: tapping it sends `text`."""

    label: str
    text: str


class ChoicesPart(_Part):
    type: Literal["choices"] = "choices"
    choices: list[Choice]


class FiltersPart(_Part):
    """How a search was understood, e.g. "under $60", "in stock"."""

    type: Literal["filters"] = "filters"
    labels: list[str]


class NoticePart(_Part):
    """What happened to the conversation, e.g. code `agent_joined`, text "Maya joined"."""

    type: Literal["notice"] = "notice"
    code: str
    text: str


Part = Annotated[
    TextPart | PhotoPart | ProductsPart | CartPart | OrderPart | ChoicesPart | FiltersPart | NoticePart,
    Field(discriminator="type"),
]
PARTS: TypeAdapter[list[Part]] = TypeAdapter(list[Part])

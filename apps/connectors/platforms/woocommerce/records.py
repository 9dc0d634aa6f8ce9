"""What WooCommerce's REST API v3 and Store API answer, as far as it is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from apps.connectors.platforms.foreign import Moment, Name, Record, Text, text


def _money(value: object) -> object:
    """An empty price is none: the product cannot be bought."""
    return None if text(value) == "" else value


Money = Annotated[Annotated[float, Field(ge=0)] | None, BeforeValidator(_money)]
Id = Annotated[Name, Field(max_length=150)]


class Image(Record):
    src: Text = ""


class Named(Record):
    """A category or brand, as a product carries it."""

    id: Text = ""
    name: Text = ""


class Attribute(Record):
    name: Text = ""
    visible: bool = True
    variation: bool = False
    options: list[Text] = Field(default=[])


class Choice(Record):
    """One attribute of one variation: Color is Blue. An empty option means any."""

    name: Text = ""
    option: Text = ""


class Variation(Record):
    id: Id
    status: Text = "publish"
    sku: Text = ""
    name: Text = ""
    price: Money = None
    stock_status: Text = "instock"
    attributes: list[Choice] = Field(default=[])


class Item(Record):
    """A product of any type: `price` of a variable one is its cheapest variation's."""

    id: Id
    name: Annotated[Name, Field(max_length=500)]
    type: Text = "simple"
    status: Text = "publish"
    catalog_visibility: Text = "visible"
    post_password: Text = ""
    permalink: Text = ""
    description: Text = ""
    short_description: Text = ""
    sku: Text = ""
    global_unique_id: Text = ""
    price: Money = None
    stock_status: Text = "instock"
    average_rating: float | None = Field(default=None, ge=0, le=5)
    rating_count: int | None = Field(default=None, ge=0)
    categories: list[Named] = Field(default=[])
    brands: list[Named] = Field(default=[])
    images: list[Image] = Field(default=[])
    attributes: list[Attribute] = Field(default=[])
    variations: list[Id] = Field(default=[])
    date_created_gmt: Moment = None
    date_modified_gmt: Moment = None


class Category(Record):
    id: Id
    name: Text = ""
    slug: Text = ""
    parent: Text = ""


class Setting(Record):
    id: Text = ""
    value: Text = ""


class ShownPrices(Record):
    """The Store API's prices are whole numbers of the smallest unit: "1039" with 2 digits is 10.39."""

    price: Annotated[Annotated[int, Field(ge=0)] | None, BeforeValidator(_money)] = None
    currency_code: Text = ""
    currency_minor_unit: int = Field(default=2, ge=0, le=6)


class Shown(Record):
    """A product as the Store API shows it to a visitor."""

    id: Id
    prices: ShownPrices


class Stock(Record):
    id: Id
    manage_stock: bool = False
    stock_quantity: float | None = None
    stock_status: Text = "instock"


class Billing(Record):
    email: Text = ""


class LineItem(Record):
    name: Text = ""
    quantity: int = 1


class OrderRecord(Record):
    id: Text
    number: Text = ""
    status: Text = ""
    currency: Text = ""
    total: Money = None
    date_created_gmt: Moment = None
    billing: Billing = Field(default=Billing())
    line_items: list[LineItem] = Field(default=[])

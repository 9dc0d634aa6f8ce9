"""What Magento's REST API answers, as far as it is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, JsonValue

from apps.connectors.platforms.foreign import Moment, Name, Record, Text, text


def _money(value: object) -> object:
    return None if text(value) == "" else value


def _listed(value: object) -> object:
    """PHP's empty list, and nothing at all, stand for an empty record."""
    return {} if value is None or value == [] else value


def _some(value: object) -> object:
    return [] if value is None else value


Money = Annotated[Annotated[float, Field(ge=0)] | None, BeforeValidator(_money)]
Id = Annotated[Name, Field(max_length=150)]
Sku = Annotated[Name, Field(max_length=200)]
Ids = Annotated[list[Text], BeforeValidator(_some)]


class CustomAttribute(Record):
    attribute_code: Text
    value: JsonValue = None


class Picture(Record):
    media_type: Text = "image"
    file: Text = ""
    disabled: bool = False
    types: Annotated[list[Text], BeforeValidator(_some)] = Field(default=[])


class CategoryLink(Record):
    category_id: Text = ""


class Extension(Record):
    """Lists have it since 2.3; before, only the answer for a single product."""

    website_ids: Ids = Field(default=[])
    category_links: Annotated[list[CategoryLink], BeforeValidator(_some)] = Field(default=[])
    configurable_product_links: list[Text] | None = None


class Item(Record):
    id: Id
    sku: Sku
    name: Annotated[Name, Field(max_length=500)]
    type_id: Text = "simple"
    status: int = 1
    visibility: int = 4
    price: Money = None
    created_at: Moment = None
    updated_at: Moment = None
    extension_attributes: Annotated[Extension, BeforeValidator(_listed)] = Field(default=Extension())
    media_gallery_entries: Annotated[list[Picture], BeforeValidator(_some)] = Field(default=[])
    custom_attributes: Annotated[list[CustomAttribute], BeforeValidator(_some)] = Field(default=[])

    def custom(self, code: str) -> JsonValue:
        return next((each.value for each in self.custom_attributes if each.attribute_code == code), None)


class Option(Record):
    label: Text = ""
    value: Text = ""


class Attribute(Record):
    attribute_code: Text
    frontend_input: Text = ""
    default_frontend_label: Text = ""
    is_user_defined: bool = False
    is_visible_on_front: bool = False
    is_filterable: bool = False
    is_comparable: bool = False
    options: Annotated[list[Option], BeforeValidator(_some)] = Field(default=[])


class Category(Record):
    id: Id
    parent_id: Text = ""
    name: Text = ""
    is_active: bool = True
    level: int = 0


class StoreConfig(Record):
    """One store view."""

    id: Text
    code: Text
    website_id: Text = ""
    base_currency_code: Text = ""
    timezone: Text = "UTC"
    base_link_url: Text = ""
    base_media_url: Text = ""
    secure_base_link_url: Text = ""
    secure_base_media_url: Text = ""


class Website(Record):
    id: Text
    code: Text


class RenderedPrices(Record):
    final_price: Money = None
    minimal_price: Money = None


class Rendered(Record):
    """A product as the storefront shows it."""

    id: Id
    url: Text = ""
    currency_code: Text = ""
    is_salable: bool = True
    price_info: RenderedPrices = Field(default=RenderedPrices())


class Salable(Record):
    sku: Text
    salable: bool


class StockItem(Record):
    qty: float | None = None
    is_in_stock: bool = True
    manage_stock: bool = True


class OrderItem(Record):
    name: Text = ""
    qty_ordered: float = 1
    parent_item_id: Text = ""


class OrderRecord(Record):
    entity_id: Text
    increment_id: Text = ""
    status: Text = ""
    customer_email: Text = ""
    created_at: Moment = None
    grand_total: Money = None
    order_currency_code: Text = ""
    items: Annotated[list[OrderItem], BeforeValidator(_some)] = Field(default=[])


class Track(Record):
    track_number: Text = ""


class Shipment(Record):
    tracks: Annotated[list[Track], BeforeValidator(_some)] = Field(default=[])

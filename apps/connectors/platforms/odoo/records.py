"""Odoo's records, as far as they are read. Odoo says `false` where it has nothing, and `[id, name]` for a link."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field

from apps.connectors.platforms.foreign import Moment, Name, Record


class Ref(NamedTuple):
    """A many2one: the other record's id, and its display name."""

    id: int
    name: str


def _nothing(value: object) -> object:
    return None if value is False else value


def _no_text(value: object) -> object:
    return "" if value is False or value is None else value


OdooText = Annotated[str, BeforeValidator(_no_text), Field(default="")]
OdooRef = Annotated[Ref | None, BeforeValidator(_nothing), Field(default=None)]
OdooMoment = Annotated[Moment, BeforeValidator(_nothing), Field(default=None)]
OdooNumber = Annotated[float | None, BeforeValidator(_nothing), Field(default=None)]
Price = Annotated[float, BeforeValidator(_nothing), Field(ge=0)]  # without one, `false` would be a price of 0


class Template(Record):
    """`product.template`: the product. Which fields there are depends on the version and on the installed apps."""

    id: int
    name: Annotated[Name, BeforeValidator(_no_text), Field(max_length=500)]
    list_price: Price
    currency_id: OdooRef
    categ_id: OdooRef
    public_categ_ids: list[int] = Field(default=[])
    description_sale: OdooText
    description_ecommerce: OdooText
    default_code: OdooText
    barcode: OdooText
    website_url: OdooText
    website_published: bool = False
    image_128: OdooText  # with `bin_size` its size ("4.21 Kb"), which tells that there is one
    type: OdooText
    is_storable: bool | None = None
    qty_available: OdooNumber
    rating_avg: OdooNumber
    rating_count: int | None = None
    create_date: OdooMoment
    write_date: OdooMoment

    @property
    def is_counted(self) -> bool:
        """Whether Odoo counts how many there are: with the stock app, and no service and no consumable."""
        storable = self.type == "product" if self.is_storable is None else self.is_storable
        return storable and self.qty_available is not None


class Variant(Record):
    """`product.product`: what is sold; a product without choices has exactly one."""

    id: int
    product_tmpl_id: Ref
    lst_price: Price
    default_code: OdooText
    barcode: OdooText
    qty_available: OdooNumber
    product_template_attribute_value_ids: list[int] = Field(default=[])


class ChosenValue(Record):
    """`product.template.attribute.value`: a value of an attribute line of a product, with an id of its own."""

    id: int
    name: OdooText
    attribute_id: Ref
    product_tmpl_id: Ref


class Category(Record):
    """`product.category` or `product.public.category`."""

    id: int
    name: OdooText
    parent_id: OdooRef


class PriceRule(Record):
    """`product.pricelist.item`."""

    id: int
    applied_on: str
    compute_price: str
    base: OdooText
    fixed_price: Price = 0.0
    percent_price: float = 0.0
    min_quantity: float = 0.0
    product_id: OdooRef
    product_tmpl_id: OdooRef
    categ_id: OdooRef


class Pricelist(Record):
    id: int
    name: str
    currency_id: Ref


class SaleOrder(Record):
    id: int
    name: str
    state: str
    date_order: OdooMoment
    amount_total: OdooNumber
    currency_id: OdooRef
    partner_id: Ref
    order_line: list[int] = Field(default=[])
    delivery_status: OdooText
    picking_ids: list[int] = Field(default=[])


class OrderedLine(Record):
    name: OdooText
    product_id: OdooRef
    product_uom_qty: float = 0.0
    display_type: OdooText


class Partner(Record):
    email: OdooText


class Picking(Record):
    state: str
    carrier_tracking_ref: OdooText


def odoo_time(moment: datetime) -> str:
    """A moment as Odoo's domains take it: UTC, without a zone."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

"""What Shopify's Admin API answers, as far as it is read."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BeforeValidator, Field

from apps.connectors.platforms.foreign import Moment, Name, Record, Text

T = TypeVar("T")


def _number(value: object) -> object:
    """Of gid://shopify/Product/123 the number: the rest says what it is, and is the same everywhere."""
    return value.rpartition("/")[2] if isinstance(value, str) else value


Id = Annotated[Name, BeforeValidator(_number), Field(max_length=150)]


class PageInfo(Record):
    has_next: Annotated[bool, Field(alias="hasNextPage")] = False
    end: Annotated[str | None, Field(alias="endCursor")] = None


class Connection(Record, Generic[T]):
    nodes: list[T] = Field(default=[])
    page: Annotated[PageInfo, Field(alias="pageInfo")] = PageInfo()


class Choice(Record):
    name: Text = ""
    value: Text = ""


class ShopifyVariant(Record):
    id: Id
    title: Text = ""
    sku: Text = ""
    barcode: Text = ""
    price: float | None = Field(default=None, ge=0)
    available: Annotated[bool, Field(alias="availableForSale")] = True
    options: Annotated[list[Choice], Field(alias="selectedOptions", default=[])]


class Image(Record):
    url: Text = ""


class Preview(Record):
    image: Image | None = None


class Media(Record):
    preview: Preview | None = None


class Category(Record):
    full_name: Annotated[Text, Field(alias="fullName")] = ""


class Collection(Record):
    title: Text = ""


class Access(Record):
    storefront: Text = ""


class Definition(Record):
    name: Text = ""
    access: Access | None = None


class Metafield(Record):
    key: Text = ""
    type: Text = ""
    value: Text = ""
    definition: Definition | None = None


class Item(Record):
    id: Id
    title: Annotated[Name, Field(max_length=500)]
    html: Annotated[Text, Field(alias="descriptionHtml")] = ""
    vendor: Text = ""
    kind: Annotated[Text, Field(alias="productType")] = ""
    url: Annotated[Text, Field(alias="onlineStoreUrl")] = ""
    created_at: Annotated[Moment, Field(alias="createdAt")] = None
    updated_at: Annotated[Moment, Field(alias="updatedAt")] = None
    only_default: Annotated[bool, Field(alias="hasOnlyDefaultVariant")] = False
    category: Category | None = None
    media: Annotated[Media | None, Field(alias="featuredMedia")] = None
    collections: Connection[Collection] = Connection()
    rating: Metafield | None = None
    rating_count: Annotated[Metafield | None, Field(alias="ratingCount")] = None
    metafields: Connection[Metafield] = Connection()
    variants: Connection[ShopifyVariant] = Connection()


class Stock(Record):
    id: Id
    tracked: Annotated[bool, Field(alias="tracksInventory")] = False
    total: Annotated[int | None, Field(alias="totalInventory")] = None


class Domain(Record):
    url: Text = ""


class Shop(Record):
    name: Text = ""
    currency: Annotated[Text, Field(alias="currencyCode")] = ""
    domain: Annotated[Domain | None, Field(alias="primaryDomain")] = None


class Money(Record):
    amount: float
    currency: Annotated[Text, Field(alias="currencyCode")] = ""


class MoneyBag(Record):
    shown: Annotated[Money, Field(alias="presentmentMoney")]


class Line(Record):
    name: Text = ""
    quantity: int = 1


class Tracking(Record):
    number: Text = ""


class Fulfillment(Record):
    tracking: Annotated[list[Tracking], Field(alias="trackingInfo", default=[])]


class ShopifyOrder(Record):
    name: Text
    email: Text = ""
    created_at: Annotated[Moment, Field(alias="createdAt")] = None
    cancelled_at: Annotated[Moment, Field(alias="cancelledAt")] = None
    paid: Annotated[Text, Field(alias="displayFinancialStatus")] = ""
    fulfilled: Annotated[Text, Field(alias="displayFulfillmentStatus")] = ""
    total: Annotated[MoneyBag | None, Field(alias="totalPriceSet")] = None
    lines: Annotated[Connection[Line], Field(alias="lineItems")] = Connection()
    fulfillments: list[Fulfillment] = Field(default=[])

"""One row of a feed, its texts become values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.feed.columns import ATTRIBUTE
from apps.connectors.platforms.markup import plain_text
from apps.connectors.platforms.money import Price, parse_price
from apps.connectors.platforms.paging import whole_number

_LONGEST_ATTRIBUTE = 200
_IN_STOCK = frozenset(
    {"in_stock", "instock", "available", "yes", "true", "y", "auf_lager", "lieferbar", "verfügbar", "en_stock"}
)
_NOT_IN_STOCK = frozenset(
    {
        *("out_of_stock", "outofstock", "sold_out", "unavailable", "discontinued", "no", "false", "n"),
        *("ausverkauft", "nicht_lieferbar", "nicht_auf_lager", "nicht_verfügbar", "rupture_de_stock"),
        *("preorder", "pre_order", "backorder", "back_order"),  # may be bought, and is not there
    }
)
_LATER = frozenset({"preorder", "pre_order", "backorder", "back_order"})
_GTIN = re.compile(r"\d{8,14}|\d{9}X")
_NEXT_ADDRESS = re.compile(r"[,|]\s*(?=https?://)|\n")
_LEVEL = re.compile(r"\s*[>»|]\s*|\s+/\s+")


@dataclass(frozen=True)
class Offer:
    id: str
    title: str
    description: str
    price: float | None
    currency: str  # "" where the feed names none
    category: str
    brand: str
    image: str
    url: str
    in_stock: bool
    sku: str
    gtins: list[str]
    rating: float | None
    rating_count: int | None
    attributes: dict[str, str]


def read_offer(texts: Mapping[str, str], *, decimal_comma: bool, now: datetime) -> Offer:
    """Raises `ConnectorError("bad_shape")` that names the row and the field."""
    price = _price(texts, decimal_comma, now)
    in_stock, later = _stock(texts)
    attributes = {
        name.removeprefix(ATTRIBUTE): _first_line(text)[:_LONGEST_ATTRIBUTE]
        for name, text in texts.items()
        if name.startswith(ATTRIBUTE)
    }
    return Offer(
        id=texts["id"],
        title=" ".join(plain_text(texts.get("title", "")).split()),
        description=plain_text(texts.get("description", "")),
        price=price.amount if price else None,
        currency=(price.currency if price else "") or _code(texts.get("currency", "")),
        category=_deepest(texts.get("category", "")),
        brand=_first_line(texts.get("brand", "")),
        image=_NEXT_ADDRESS.split(texts.get("image", ""), maxsplit=1)[0].strip(),
        url=_first_line(texts.get("url", "")),
        in_stock=in_stock,
        sku=_first_line(texts.get("sku", "")),
        gtins=_gtins(texts.get("gtin", "")),
        rating=_number(texts.get("rating", ""), most=5),
        rating_count=whole_number(texts.get("rating_count", "")),
        attributes={**attributes, **({"availability": later} if later else {})},
    )


def _price(texts: Mapping[str, str], decimal_comma: bool, now: datetime) -> Price | None:
    """The price that holds now: a sale's within its time."""

    def read(field: str) -> Price | None:
        try:
            return parse_price(texts[field], decimal_comma=decimal_comma) if field in texts else None
        except ValueError as error:
            raise ConnectorError("bad_shape", f"Product {texts['id'][:40]}: {field}: {error}.") from error

    usual, sale = read("price"), read("sale_price")
    if sale is not None and sale.amount > 0 and _is_within(texts.get("sale_dates", ""), now):
        return Price(sale.amount, sale.currency or (usual.currency if usual else ""))
    return usual


def _is_within(dates: str, now: datetime) -> bool:
    """Whether a sale from one date to another ("2026-11-01T00:00+0100/2026-11-30T23:59+0100") is on."""
    if not dates:
        return True
    try:
        begin, end = (_moment(date.strip()) for date in dates.split("/"))
    except ValueError:
        return False
    return begin <= now <= end


def _moment(date: str) -> datetime:
    read = datetime.fromisoformat(date)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _stock(texts: Mapping[str, str]) -> tuple[bool, str]:
    """Whether it is there, and what else is said about it. What says nothing is taken for there, as everywhere."""
    said = texts.get("availability", "").rpartition("/")[2]  # as schema.org writes it
    word = re.sub(r"[\W_]+", "_", said.casefold()).strip("_")
    if word in _LATER:
        return False, said
    if word in _IN_STOCK or word in _NOT_IN_STOCK:
        return word in _IN_STOCK, ""
    for text in (said, texts.get("quantity", "")):
        amount = _number(text)
        if amount is not None:
            return amount > 0, ""
    return True, said


def _deepest(category: str) -> str:
    """The path with the most levels, "Men > Jackets"; Google's bare numbers say nothing."""
    paths = [
        [part for part in _LEVEL.split(plain_text(line)) if part]
        for line in category.split("\n")
        if not line.isdigit()
    ]
    return " > ".join(sorted(paths, key=len)[-1] if paths else [])


def _gtins(text: str) -> list[str]:
    """A number that a spreadsheet has rounded (4.00638E+12) is none."""
    bare = (part.replace("-", "") for part in re.split(r"[\s,;|]+", text))
    return list(dict.fromkeys(part for part in bare if _GTIN.fullmatch(part)))


def _first_line(text: str) -> str:
    return text.split("\n")[0].strip()


def _code(currency: str) -> str:
    return currency.upper() if re.fullmatch(r"[A-Za-z]{3}", currency) else ""


def _number(text: str, *, most: float = float("inf")) -> float | None:
    try:
        read = float(text.replace(",", "."))
    except ValueError:
        return None
    return read if 0 <= read <= most else (0.0 if read < 0 and most == float("inf") else None)

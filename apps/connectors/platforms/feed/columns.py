"""Which column of a feed holds what: by the names that shops and feed services give it, or as a merchant says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Row = Mapping[str, str]  # a column's name -> its text; what an element says several times stands in several lines

# Our field -> the names of its column, the surest first, as `plain` writes them.
KNOWN: dict[str, tuple[str, ...]] = {
    "id": ("id", "product_id", "item_id", "offer_id", "variant_sku", "sku", "artikelnummer", "article_number"),
    "title": ("title", "name", "product_name", "product_title", "titel", "bezeichnung", "produktname", "titre"),
    "description": (
        *("description", "body_html", "long_description", "product_description", "beschreibung", "content"),
        *("summary", "short_description"),
    ),
    "price": ("price", "regular_price", "variant_price", "preis", "prix", "precio", "prezzo", "price_gross"),
    "sale_price": ("sale_price", "special_price", "angebotspreis"),
    "sale_dates": ("sale_price_effective_date",),
    "currency": ("currency", "currency_code", "price_currency", "waehrung", "währung"),
    "availability": ("availability", "in_stock", "verfuegbarkeit", "verfügbarkeit", "stock_status"),
    "quantity": (
        *("quantity", "stock", "inventory", "qty", "stock_quantity", "quantity_to_sell_on_facebook"),
        *("variant_inventory_qty", "lagerbestand", "bestand"),
    ),
    "brand": ("brand", "vendor", "manufacturer", "marke", "hersteller", "marque", "marca"),
    "category": (
        *("product_type", "category", "categories", "category_path", "product_category", "kategorie", "type"),
        "google_product_category",
    ),
    "image": (
        *("image_link", "image", "image_url", "images", "image_src", "picture", "bild", "bild_url", "thumbnail"),
    ),
    "url": ("link", "url", "product_url", "product_link", "permalink", "deeplink", "produkt_url", "website_link"),
    "gtin": ("gtin", "ean", "upc", "barcode", "gtin13", "ean13", "isbn", "variant_barcode"),
    "sku": ("sku", "mpn", "variant_sku", "article_number", "artikelnummer", "part_number"),
    "group": ("item_group_id", "group_id", "parent_id", "parent_sku", "parent", "handle"),
    "published": ("published",),
    "status": ("status",),
    "rating": ("rating", "average_rating", "product_rating"),
    "rating_count": ("rating_count", "number_of_ratings", "reviews_count"),
}

# Our attribute -> the names of its column.
KNOWN_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "color": ("color", "colour", "farbe", "couleur"),
    "size": ("size", "groesse", "größe", "taille"),
    "material": ("material", "materials"),
    "pattern": ("pattern", "muster"),
    "gender": ("gender", "geschlecht"),
    "age group": ("age_group",),
    "condition": ("condition", "zustand"),
    "size system": ("size_system",),
    "size type": ("size_type",),
}

DETAIL = "product_detail:"  # in front of the name of an attribute that a feed itself names
ATTRIBUTE = "attribute "  # in front of its name, in what a merchant says and what is read
_NEEDED = ("id", "title")


def plain(name: str) -> str:
    """A column's name as it is compared: "g:Image Link" and "image_link" are the same."""
    bare = re.sub(r"^g:", "", name.strip().casefold())
    return re.sub(r"[^\w]+", "_", bare).strip("_")


def read_override(text: str) -> dict[str, str]:
    """What a merchant says, a line each: "title = Produktname". ValueError in a merchant's words."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        field, mark, column = (part.strip() for part in line.partition("="))
        if not mark or not column:
            raise ValueError(f"Write each line as: title = Name of the column. This is not: {line.strip()[:60]}")
        if field not in KNOWN and not field.startswith(ATTRIBUTE):
            raise ValueError(f"There is no field “{field[:40]}”. There are: {', '.join(KNOWN)}, attribute NAME.")
        found[field] = column
    return found


class Columns:
    """Where each of our fields lies in rows with these names. `unused` are those that nothing is read from."""

    def __init__(self, names: Iterable[str], override: Mapping[str, str]) -> None:
        named = [name for name in names if name.strip()]
        self._there = {plain(name): name for name in reversed(named)}
        wanted = {field: self._there.get(plain(column), "") for field, column in override.items()}
        self.fields = {**self._guess(KNOWN), **{f: name for f, name in wanted.items() if f in KNOWN}}
        ours = {f.removeprefix(ATTRIBUTE).strip(): name for f, name in wanted.items() if f not in KNOWN}
        self.attributes = {**self._guess(KNOWN_ATTRIBUTES), **ours}
        used = {*self.fields.values(), *self.attributes.values()}
        self.unused = [name for name in named if name not in used and not name.startswith(DETAIL)]

    def _guess(self, known: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        found = ((field, next(filter(None, map(self._there.get, names)), "")) for field, names in known.items())
        return {field: name for field, name in found if name}

    def check(self, override: Mapping[str, str]) -> None:
        """Raises ValueError, in a merchant's words, unless products can be read from these columns."""
        have = f"It has: {', '.join(reversed(self._there.values()))[:300]}."
        for column in override.values():
            if plain(column) not in self._there:
                raise ValueError(f"The feed has no column “{column}”. {have}")
        for field in _NEEDED:
            if not self.fields.get(field):
                raise ValueError(f"No column of the feed is known as {field}. {have} Say which one it is.")

    def read(self, row: Row) -> dict[str, str]:
        """The row's texts by our names; attributes have theirs after "attribute ". What is empty is left out."""
        found = {field: row.get(name, "") for field, name in self.fields.items()}
        found |= {f"{ATTRIBUTE}{field}": row.get(name, "") for field, name in self.attributes.items()}
        found |= {
            f"{ATTRIBUTE}{name.removeprefix(DETAIL)}": text
            for name, text in row.items()
            if name.startswith(DETAIL)
        }
        return {name: text.strip() for name, text in found.items() if text.strip()}

"""Attributes of a Magento store: which of them mean something to a shopper, and what their options are called."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import JsonValue

from apps.connectors.platforms.foreign import text
from apps.connectors.platforms.magento.records import Attribute, Item
from apps.connectors.platforms.markup import plain_text

_CHOICES = frozenset({"select", "multiselect", "swatch_visual", "swatch_text"})
_INTERNAL = frozenset({"price", "media_image", "gallery", "date", "datetime", "weee"})
_BRANDS = ("brand", "manufacturer")
_GTINS = ("gtin", "ean", "upc", "barcode")


class Labels:
    def __init__(self, attributes: Iterable[Attribute]) -> None:
        self._attributes = {each.attribute_code: each for each in attributes}
        self._options = {
            code: {option.value: plain_text(option.label) for option in each.options if option.value}
            for code, each in self._attributes.items()
            if each.frontend_input in _CHOICES
        }

    def of(self, item: Item) -> dict[str, str]:
        """The merchant's own attributes that shoppers see or filter by, in words: {"Color": "Black, Red"}."""
        shown = {
            plain_text(attribute.default_frontend_label): self.value(item, code)
            for code, attribute in self._attributes.items()
            if _is_shown(attribute) and code not in (*_BRANDS, *_GTINS)
        }
        return {label: value for label, value in shown.items() if label and value}

    def choices(self, item: Item) -> dict[str, str]:
        """What sets a variant apart: its attributes with one option each."""
        chosen = {
            plain_text(attribute.default_frontend_label): self.value(item, code)
            for code, attribute in self._attributes.items()
            if attribute.is_user_defined and attribute.frontend_input in _CHOICES - {"multiselect"}
        }
        return {label: value for label, value in chosen.items() if label and value}

    def brand(self, item: Item) -> str:
        return next((value for code in _BRANDS if (value := self.value(item, code))), "")

    def gtins(self, item: Item) -> list[str]:
        return list(dict.fromkeys(value for code in _GTINS if (value := self.value(item, code))))

    def value(self, item: Item, code: str) -> str:
        """In words; ids of options that are no longer there are nothing."""
        given = item.custom(code)
        attribute = self._attributes.get(code)
        if attribute is not None and attribute.frontend_input == "boolean":
            return {"1": "Yes", "0": "No"}.get(text(given), "")
        if code in self._options:
            return ", ".join(filter(None, (self._options[code].get(each, "") for each in _ids(given))))
        return plain_text(text(given)) if isinstance(given, str | int | float) else ""


def _is_shown(attribute: Attribute) -> bool:
    seen = attribute.is_visible_on_front or attribute.is_filterable or attribute.is_comparable
    return attribute.is_user_defined and seen and attribute.frontend_input not in _INTERNAL


def _ids(given: JsonValue) -> list[str]:
    """Several come as "11,22" or as a list."""
    return [text(each) for each in given] if isinstance(given, list) else text(given).split(",")

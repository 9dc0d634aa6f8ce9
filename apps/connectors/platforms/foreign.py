"""Reading foreign records: what arrives as anything becomes a typed value, or a reason in words."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urljoin

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, ValidationError


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


Text = Annotated[str, BeforeValidator(_text)]  # numbers may come as text and text as numbers; null is ""


class Item(BaseModel):
    """Foreign JSON: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


def web_address(base: str, value: str) -> str:
    """An absolute http address, or nothing: a `javascript:` address must never reach a page."""
    try:
        address = urljoin(base, value) if value else ""
    except ValueError:
        return ""
    return address if address.startswith(("http://", "https://")) else ""


def problem(item: JsonValue, error: ValidationError, *, id_field: str = "id") -> str:
    """Why a product cannot be read: which one, which field, what is wrong with it."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(step) for step in first["loc"]) or "record"
    name = item.get(id_field) if isinstance(item, dict) else None
    who = f"Product {str(name)[:40]}" if name is not None else "A product without an id"
    return f"{who}: {field}: {first['msg'].lower()}."

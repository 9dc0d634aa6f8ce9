"""Foreign JSON: how records of any platform are declared, and how a broken one is told to a merchant."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urljoin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError


def text(value: object) -> str:
    """`value` as text: numbers are written out, null is nothing."""
    return "" if value is None else str(value).strip()


Text = Annotated[str, BeforeValidator(text)]
Name = Annotated[str, BeforeValidator(text), Field(min_length=1)]


class Record(BaseModel):
    """Unknown fields are ignored, numbers may come as text."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


def web_address(base: str, value: str) -> str:
    """An absolute http address, or nothing: a `javascript:` address must never reach a page."""
    try:
        address = urljoin(base, value) if value else ""
    except ValueError:
        return ""
    return address if address.startswith(("http://", "https://")) else ""


def problem(item: JsonValue, error: ValidationError) -> str:
    """Which product cannot be read, and the field that is to blame."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(step) for step in first["loc"]) or "record"
    name = item.get("id") if isinstance(item, dict) else None
    who = f"Product {str(name)[:40]}" if name is not None else "A product without an id"
    return f"{who}: {field}: {first['msg'].lower()}."

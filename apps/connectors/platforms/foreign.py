"""Foreign JSON: how records of any platform are declared, and how a broken one is told to a merchant."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from urllib.parse import urljoin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError

from apps.connectors.platforms.errors import ConnectorError

_NAMED = re.compile(r"Product (?P<id>.+?): (?P<reason>.+)", re.DOTALL)


def text(value: object) -> str:
    """`value` as text: numbers are written out, null is nothing."""
    return "" if value is None else str(value).strip()


def _in_utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


Text = Annotated[str, BeforeValidator(text)]
Name = Annotated[str, BeforeValidator(text), Field(min_length=1)]
Moment = Annotated[datetime | None, AfterValidator(_in_utc)]  # written without a zone it means UTC


class Record(BaseModel):
    """Unknown fields are ignored, numbers may come as text."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


RecordT = TypeVar("RecordT", bound=Record)


def read(model: type[RecordT], item: JsonValue) -> RecordT:
    """`item` as a record; `ConnectorError("bad_shape")` that names it and the field."""
    try:
        return model.model_validate(item)
    except ValidationError as error:
        raise ConnectorError("bad_shape", problem(item, error)) from error


def readable(model: type[RecordT], items: list[JsonValue], rejected: list[str]) -> list[RecordT]:
    """The records among `items`; what cannot be read is noted in `rejected`."""
    records: list[RecordT] = []
    for item in items:
        try:
            records.append(read(model, item))
        except ConnectorError as error:
            rejected.append(error.text)
    return records


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


def whose(told: str) -> tuple[str, str]:
    """The product's id and what is wrong with it, of a text in the form of `problem`; without an id, all of it."""
    found = _NAMED.fullmatch(told)
    return (found["id"], found["reason"]) if found else ("", told)

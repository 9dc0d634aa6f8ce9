"""What may stand in an address: every parameter with its limits, and a clear refusal for anything else."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, Self, TypeVar, get_origin

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from apps.catalog.api.problems import BadParameterError
from apps.catalog.engine.queries import LIMIT_NAMES, Sort
from apps.catalog.engine.understanding.parsing import LONGEST_TEXT

STORE_HEADER = "X-Store-Key"
MOST_HITS = 50
_LONGEST_NAME = 200

_BETWEEN_KEYS = re.compile(rf",(?=\s*(?:{'|'.join(LIMIT_NAMES)})\s*(?:[:,]|$))|,\s*$")
_Parameters = TypeVar("_Parameters", bound="StoreParameters")


def _without_control_characters(text: str) -> str:
    """Lines and tabs of a pasted text are spaces; what else controls a terminal is nobody's word."""
    text = " ".join(text.split())
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        raise PydanticCustomError("control_characters", "Control characters are not allowed")
    return text


def _split(values: list[str]) -> list[str]:
    """At commas before which a key ends and behind which one begins: "brand:Stripe, Inc." is one key."""
    return [part.strip() for value in values for part in _BETWEEN_KEYS.split(value) if part.strip()]


def _typed(text: str) -> str:
    """A space at its end says that a word is finished."""
    return _without_control_characters(text) + (" " if text[-1:].isspace() else "")


_readable = AfterValidator(_without_control_characters)
_keeping_its_end = AfterValidator(_typed)
_Name = Annotated[str, Field(max_length=_LONGEST_NAME), _readable]
_Amount = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
_Names = Annotated[tuple[_Name, ...], Field(max_length=20)]


class StoreParameters(BaseModel):
    """Every address of the API takes these. The descriptions are the documentation, and end each refusal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: _Name | None = Field(
        default=None,
        description=f"The store's public key, pk_...; programs may send it as the header {STORE_HEADER} instead.",
    )


class LimitParameters(StoreParameters):
    """What is asked, and within which limits."""

    q: Annotated[str, Field(max_length=LONGEST_TEXT), _readable] = Field(
        default="", description="What a shopper would say, e.g. q=warm jacket for men under 60 dollars."
    )
    parse: bool = Field(default=True, description="parse=0 takes q as mere words, without limits in it.")
    correct: bool = Field(default=True, description="correct=0 takes q as it is typed, errors and all.")
    without: Annotated[_Names, BeforeValidator(_split)] = Field(
        default=(), description="Keys of `filters` of an answer that shall not hold, e.g. without=price,brand."
    )
    price_min: _Amount | None = Field(
        default=None, description="A price in the store's currency, e.g. price_min=20."
    )
    price_max: _Amount | None = Field(
        default=None, description="A price in the store's currency, e.g. price_max=60."
    )
    brand: _Names = Field(default=(), description="Brands of which a hit has one, e.g. brand=Fjell&brand=Urbano.")
    color: _Names = Field(default=(), description="Colours of which a hit has one, e.g. color=navy&color=black.")
    size: _Names = Field(default=(), description="Sizes of which a hit has one, e.g. size=M&size=L.")
    category: _Name | None = Field(
        default=None, description="A category of the store or a part of its path, e.g. category=Men > Jackets."
    )
    rating_min: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None = Field(
        default=None, description="Stars from 0 to 5, e.g. rating_min=4."
    )
    in_stock: bool | None = Field(default=None, description="in_stock=1: only what is there, 0: only what is not.")

    @model_validator(mode="after")
    def _prices_in_order(self) -> Self:
        if self.price_min is not None and self.price_max is not None and self.price_min > self.price_max:
            raise PydanticCustomError("min_above_max", "price_min is above price_max", {"field": "price_min"})
        return self


class SearchParameters(LimitParameters):
    sort: Sort | None = Field(default=None, description="The order; left out: the best fit first, or as q says.")
    limit: int = Field(
        default=12, ge=1, le=MOST_HITS, description=f"How many hits, 1 to {MOST_HITS}, e.g. limit=12."
    )
    offset: int = Field(
        default=0, ge=0, le=10_000, description="How many to pass over: an answer's `next_offset`."
    )
    explain: bool = Field(default=False, description="explain=1 adds to each hit the reasons for its place.")


class PhotoParameters(LimitParameters):
    limit: int = Field(
        default=12, ge=1, le=MOST_HITS, description=f"How many hits, 1 to {MOST_HITS}, e.g. limit=12."
    )


class SuggestParameters(StoreParameters):
    q: Annotated[str, Field(max_length=LONGEST_TEXT), _keeping_its_end] = Field(
        default="", description="What the shopper has typed so far, e.g. q=wireless mo."
    )
    limit: int = Field(default=8, ge=1, le=20, description="How many, 1 to 20, e.g. limit=8.")


class SimilarParameters(StoreParameters):
    limit: int = Field(default=8, ge=1, le=MOST_HITS, description=f"How many, 1 to {MOST_HITS}, e.g. limit=8.")
    in_stock: bool | None = Field(default=None, description="in_stock=1: only what is there, 0: only what is not.")


def read(model: type[_Parameters], given: QueryDict) -> _Parameters:
    """The parameters of an address. An empty one counts as absent, as forms send them.

    BadParameterError: the first one that cannot be used, and what to do about it.
    """
    values: dict[str, str | list[str]] = {}
    for name, sent in given.lists():
        written = [value for value in sent if value.strip()]
        many = name in model.model_fields and get_origin(model.model_fields[name].annotation) is tuple
        if len(written) > 1 and not many:
            text = f"`{name[:50]}` is given {len(written)} times. Send it once."
            raise BadParameterError(code="given_twice", field=name[:50], text=text)
        if written:
            values[name] = written if many else written[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _problem(model, error.errors(include_url=False)[0]) from error


def described(model: type[BaseModel]) -> list[OpenApiParameter]:
    """The same for the API's description."""
    schema = model.model_json_schema()
    assert "$defs" not in schema  # noqa: S101 - a parameter is one value
    return [
        OpenApiParameter(name, _plain(one), description=one.pop("description", ""))
        for name, one in schema["properties"].items()
    ]


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be absent is not one that may be null."""
    schema = {name: value for name, value in schema.items() if name not in ("title", "anyOf")} | next(
        (kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}), {}
    )
    if schema.get("default", "") is None:
        del schema["default"]
    return schema


def _problem(model: type[BaseModel], error: ErrorDetails) -> BadParameterError:
    name = str(error["loc"][0] if error["loc"] else error["ctx"]["field"])
    code = _CODES.get(error["type"], "bad_value")
    if code == "unknown_parameter":
        known = ", ".join(sorted(model.model_fields))
        text = f"There is no parameter `{name[:50]}` here. There are {known}."
        return BadParameterError(code=code, field=name[:50], text=text)
    hint = model.model_fields[name].description or ""
    return BadParameterError(code=code, field=name, text=f"`{name}`: {error['msg']}. {hint}")


_CODES = {
    "extra_forbidden": "unknown_parameter",
    "string_too_long": "too_long",
    "too_long": "too_many",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "finite_number": "not_a_number",
    "float_parsing": "not_a_number",
    "int_parsing": "not_a_number",
    "int_parsing_size": "out_of_range",
    "int_from_float": "not_a_number",
    "bool_parsing": "not_a_flag",
    "literal_error": "not_a_choice",
    "control_characters": "control_characters",
    "min_above_max": "min_above_max",
}

"""The widget's protocol.ts says exactly what events.py and parts.py say."""

from __future__ import annotations

import re
import types
from inspect import isclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from apps.chat import events, parts

SOURCE = (Path(__file__).resolve().parents[3] / "widget" / "src" / "protocol.ts").read_text()
INTERFACE = re.compile(r"export interface (\w+) \{\n(.*?)\n\}", re.DOTALL)
UNION = re.compile(r"export type (\w+) =\s*(.*?);", re.DOTALL)
ALIASES = {events.OwnerName: "OwnerName", events.ModeName: "ModeName"}
NUMBERS = {str: "string", int: "number", float: "number", bool: "boolean", types.NoneType: "null"}


def _union(annotated: object) -> set[type[BaseModel]]:
    return set(get_args(get_args(annotated)[0]))


CLIENT = _union(events.ClientFrame) | {events.Page}
MODELS = {
    name: model
    for module in (events, parts)
    for name, model in vars(module).items()
    if isclass(model) and issubclass(model, BaseModel) and not name.startswith("_") and model is not BaseModel
}
MIRRORED = {
    name: dict(line.strip().rstrip(";").split(": ", 1) for line in body.splitlines())
    for name, body in INTERFACE.findall(SOURCE)
}


def _typescript(annotation: Any) -> str:
    """The TypeScript type of a field's annotation."""
    if annotation in ALIASES:
        return ALIASES[annotation]
    if annotation in NUMBERS:
        return NUMBERS[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        if _union(annotation) == _union(parts.Part):
            return "Part"
        return _typescript(arguments[0])
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in arguments)
    if origin is list:
        return f"{_typescript(arguments[0])}[]"
    if origin in (Union, types.UnionType):
        return " | ".join(_typescript(argument) for argument in arguments)
    return str(annotation.__name__)


def _field(model: type[BaseModel], name: str, field: FieldInfo) -> tuple[str, str]:
    """The field as protocol.ts writes it.

    What the client sends may leave out whatever has a default. What it receives always has its defaults filled in,
    except that nothing (None) may be left out.
    """
    optional = field.default is None if model not in CLIENT else not field.is_required()
    constant = get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
    return (f"{name}?" if optional and not constant else name), _typescript(field.annotation)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_frame_has_the_same_fields_in_the_widget(name: str) -> None:
    model = MODELS[name]
    expected = dict(_field(model, field_name, field) for field_name, field in model.model_fields.items())

    assert MIRRORED.get(name) == expected


def test_the_widget_has_no_frame_that_the_server_lacks() -> None:
    assert set(MIRRORED) == set(MODELS)


@pytest.mark.parametrize(
    ("name", "union"),
    [("ClientFrame", events.ClientFrame), ("ServerFrame", events.ServerFrame), ("Part", parts.Part)],
)
def test_a_union_has_the_same_members_in_the_widget(name: str, union: object) -> None:
    mirrored = dict(UNION.findall(SOURCE))[name]

    assert set(re.findall(r"\w+", mirrored)) == {model.__name__ for model in _union(union)}


@pytest.mark.parametrize(("name", "alias"), [("OwnerName", events.OwnerName), ("ModeName", events.ModeName)])
def test_a_choice_of_words_is_the_same_in_the_widget(name: str, alias: object) -> None:
    assert set(re.findall(r'"(\w+)"', dict(UNION.findall(SOURCE))[name])) == set(get_args(alias))


@pytest.mark.parametrize("name", ["PROTOCOL_VERSION", "MAX_TEXT"])
def test_a_limit_is_the_same_in_the_widget(name: str) -> None:
    match = re.search(rf"export const {name} = (\d+);", SOURCE)

    assert match is not None
    assert int(match[1]) == getattr(events, name)

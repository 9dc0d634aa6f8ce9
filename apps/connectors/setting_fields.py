"""The form field of one of a platform's settings, from the way it is declared."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

from django import forms
from pydantic.fields import FieldInfo

_LONGEST = 2000
_LONGEST_LINES = 20_000


def form_field(name: str, declared: FieldInfo, *, stored: Mapping[str, Any] | None = None) -> forms.Field:
    """A checkbox for a `bool`, a list to choose from for a `Literal`, a number for an `int`, else a line of text.

    `json_schema_extra` may say more: `secret` (typed blindly, and never filled in), `upload` (a file, whose name
    is the setting), `lines` (several lines of text), `labels` (words for the values of a `Literal`). `stored` is
    what a connector that exists has in all its settings.
    """
    extra = declared.json_schema_extra if isinstance(declared.json_schema_extra, dict) else {}
    secret = bool(extra.get("secret"))
    kind, may_be_none = _kind(declared.annotation)
    common: dict[str, Any] = {
        "label": declared.title or name,
        "help_text": declared.description or "",
        "required": declared.is_required() and not (secret and stored is not None),
        "initial": None if secret else _shown((stored or {}).get(name, declared.get_default())),
    }
    if secret:
        return forms.CharField(max_length=_LONGEST, widget=forms.PasswordInput(), **common)
    if extra.get("upload"):
        now = str((stored or {}).get(name) or "")
        common["help_text"] += f" Now: {now}." if now else ""
        return forms.FileField(**{**common, "initial": None, "required": False})
    if kind is bool:
        return forms.BooleanField(**{**common, "required": False})
    if get_origin(kind) is Literal:
        choices = _choices(kind, extra.get("labels"))
        return forms.ChoiceField(choices=[("", "–"), *choices] if may_be_none else choices, **common)
    if kind is int:
        return forms.CharField(max_length=20, widget=forms.NumberInput(), **common)
    if extra.get("lines"):
        return forms.CharField(max_length=_LONGEST_LINES, widget=forms.Textarea({"rows": 4}), **common)
    return forms.CharField(max_length=_LONGEST, widget=forms.TextInput(), **common)


def holds_text(declared: FieldInfo) -> bool:
    """Whether a merchant can write anything there, an address for one."""
    kind, _ = _kind(declared.annotation)
    return kind not in (bool, int) and get_origin(kind) is not Literal


def given_values(declared: dict[str, FieldInfo], given: dict[str, Any]) -> dict[str, Any]:
    """What was typed, without what was left empty and has a default."""
    return {
        name: value for name, value in given.items() if value not in ("", None) or declared[name].is_required()
    }


def _kind(annotation: Any) -> tuple[Any, bool]:
    """The type without its None, and whether it had one."""
    if get_origin(annotation) not in (Union, types.UnionType):
        return annotation, False
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return (kinds[0] if len(kinds) == 1 else str), len(kinds) < len(get_args(annotation))


def _choices(kind: Any, labels: object) -> list[tuple[str, str]]:
    words = labels if isinstance(labels, dict) else {}
    return [(value, str(words.get(value, str(value).replace("_", " ").capitalize()))) for value in get_args(kind)]


def _shown(value: Any) -> Any:
    """A default that is none at all shows nothing."""
    return value if isinstance(value, str | int | float) else None

"""What goes in and out of an index: plain data, the same for Qdrant Edge and for a Qdrant server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Payload = dict[str, Any]
FieldType = Literal["keyword", "integer", "float"]
Value = str | int


@dataclass(frozen=True, slots=True)
class Equals:
    """The field (or one entry of a list field) is exactly `value`. No booleans: Edge silently matches none."""

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class AnyOf:
    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Differs:
    """The field is not `value`; a point without the field matches too."""

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Between:
    """A number in a range; every bound may be left out. A point without the field never matches."""

    field: str
    gte: float | None = None
    lte: float | None = None
    gt: float | None = None
    lt: float | None = None


Condition = Equals | AnyOf | Differs | Between
Where = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse vector: term numbers and their weights, of equal length, each term once."""

    indices: list[int]
    values: list[float]


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a collection. `dense` is little-endian float32; `id` a UUID in text form."""

    id: str
    dense: bytes
    payload: Payload
    sparse: Sparse | None = None


@dataclass(frozen=True, slots=True)
class CollectionSpec:
    """How a collection is made: its dense vector, whether it has a lexical one, and its payload indexes."""

    name: str
    dense_size: int
    lexical: bool
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    tenant_field: str = "store_id"


@dataclass(frozen=True, slots=True)
class HybridRequest:
    """A dense and a lexical query over the same filter, fused. Either may be absent.

    `scope` is the population whose term frequencies weigh the lexical query (one store, never all of them).
    `candidates` is how many each of the two may propose.
    """

    where: Where
    scope: Where
    dense: bytes | None
    sparse: Sparse | None
    limit: int
    candidates: int = 60
    dense_weight: float = 0.6


class Match(NamedTuple):
    """A point that a hybrid query found. `dense` is the cosine, `lexical` the BM25 score; None: not proposed.

    A plain tuple, since dozens of them cross the socket with every query.
    """

    id: str
    score: float
    dense: float | None
    lexical: float | None
    payload: Payload

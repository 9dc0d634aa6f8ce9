"""What goes in and out of an index: plain data, the same for Qdrant Edge and for a Qdrant server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan
from typing import Any, Literal, NamedTuple

from apps.catalog.engine.errors import CatalogError

Payload = dict[str, Any]
# "prefix": a keyword that is also asked for by its beginning. "datetime": ISO 8601 texts, without a zone in UTC.
FieldType = Literal["keyword", "prefix", "integer", "float", "datetime"]
Value = str | int
VectorName = Literal["text", "image", "lexical"]
DENSE_VECTORS: tuple[VectorName, ...] = ("text", "image")


@dataclass(frozen=True, slots=True)
class Equals:
    """The field (or one entry of a list field) is exactly `value`. No booleans: Edge silently matches none."""

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field (or one entry of a list field) is one of these. Of no values nothing is one."""

    field: str
    values: tuple[str, ...] | tuple[int, ...]


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

    def __post_init__(self) -> None:
        # NaN makes the threads of Edge panic.
        if any(bound is not None and isnan(bound) for bound in (self.gte, self.lte, self.gt, self.lt)):
            raise CatalogError("bad_limit", f"A limit of {self.field} is not a number.")


@dataclass(frozen=True, slots=True)
class During:
    """Like `Between`, for a datetime field."""

    field: str
    gte: datetime | None = None
    lte: datetime | None = None
    gt: datetime | None = None
    lt: datetime | None = None


@dataclass(frozen=True, slots=True)
class StartsWith:
    """The keyword (or one entry of a list) begins so, to the letter."""

    field: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold, "not red", "not under 20"; a point without the field matches."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the conditions holds; of no conditions none does."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Ids:
    """The point is one of these."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasVector:
    """The point has a vector of this name."""

    vector: VectorName


Condition = Equals | AnyOf | Differs | Between | During | StartsWith | Not | Either | Ids | HasVector
Where = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse vector: term numbers and their weights, of equal length, each term once."""

    indices: list[int]
    values: list[float]


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a collection. `dense` and `image` are little-endian float32; `id` a UUID in text form."""

    id: str
    dense: bytes
    payload: Payload
    sparse: Sparse | None = None
    image: bytes | None = None


@dataclass(frozen=True, slots=True)
class CollectionSpec:
    """How a collection is made: its vectors and its payload indexes. Both dense vectors are compared by cosine.

    The named vectors are `text` (`dense_size` numbers), `image` (`image_size`) and `lexical` (sparse, with IDF).
    """

    name: str
    dense_size: int
    lexical: bool
    image_size: int | None = None
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    tenant_field: str = "store_id"


class Weights(NamedTuple):
    """How much each channel of a hybrid query says; only their proportions matter."""

    text: float = 0.6
    lexical: float = 0.4
    image: float = 0.0


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Nearest:
    """The `limit` points nearest to one vector. `scope` is whose term frequencies weigh a sparse one."""

    channel: VectorName
    vector: bytes | Sparse
    where: Where
    scope: Where
    limit: int


@dataclass(frozen=True, slots=True)
class HybridRequest:
    """Queries by meaning, by words and by picture over the same filter, fused. Each may be absent.

    `scope` is the population whose term frequencies weigh the lexical query (one store, never all of them).
    `candidates` is how many each of them may propose.
    """

    where: Where
    scope: Where
    dense: bytes | None
    sparse: Sparse | None
    limit: int
    image: bytes | None = None
    # Of the points that the picture is compared with: those whose vector the same model made.
    image_where: Where = ()
    candidates: int = 100
    weights: Weights = DEFAULT_WEIGHTS
    # Which points the question names outright, beside `where`; they come first, whatever they score.
    named: Where = ()
    # Whose meaning is farther than this cosine is no match; what was not compared by meaning stays.
    least: float = -1.0
    # Of the payloads; None: all. What nobody looks at costs as much to read and to send as the rest.
    fields: tuple[str, ...] | None = None


class Match(NamedTuple):
    """A point that a hybrid query found. `dense` and `image` are cosines, `lexical` is the BM25 score.

    Each is known of every match, whichever query proposed it. None: that was not asked, or the point has no such
    vector, or no word in common. `named`: it came since `HybridRequest.named` says so, and was not ranked. A plain
    tuple, since dozens of them cross the socket with every query.
    """

    id: str
    score: float
    dense: float | None
    lexical: float | None
    payload: Payload
    image: float | None = None
    named: bool = False


@dataclass(frozen=True, slots=True)
class CollectionState:
    """How a collection is: `vectors` counts the points that have each one.

    `optimised`: nothing waits to be optimised. `damage` says why its files cannot be read; empty: they can.
    `bytes_on_disk` and `written_at`, the seconds since 1970 of the last write, are None where a server keeps the
    files.
    """

    points: int = 0
    vectors: Mapping[VectorName, int] = field(default_factory=dict)
    segments: int = 0
    optimised: bool = True
    bytes_on_disk: int | None = None
    written_at: float | None = None
    damage: str = ""

"""Our filters and payload indexes in Qdrant Edge's words."""

from __future__ import annotations

from typing import Any

import qdrant_edge as edge

from apps.catalog.engine.records import (
    AnyOf,
    Between,
    Condition,
    Differs,
    During,
    Either,
    Equals,
    FieldType,
    HasVector,
    Ids,
    Not,
    StartsWith,
    Where,
)

_SCHEMA = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "prefix": edge.KeywordIndexParams(prefix=True),
    "integer": edge.PayloadSchemaType.Integer,
    "float": edge.PayloadSchemaType.Float,
    "datetime": edge.PayloadSchemaType.Datetime,
}


def to_schema(kind: FieldType, *, tenant: bool) -> Any:
    """The payload index of a field. The points of one tenant lie together, and have a graph of their own."""
    return edge.KeywordIndexParams(is_tenant=True) if tenant else _SCHEMA[kind]


def to_filter(where: Where) -> Any:
    """An Edge filter, or None for no condition."""
    return edge.Filter(must=[_condition(condition) for condition in where]) if where else None


def _condition(condition: Condition) -> Any:
    match condition:
        case Equals(field, value):
            return edge.FieldCondition(key=field, match=edge.MatchValue(value))
        case AnyOf():
            chosen: Any = list(condition.values)
            return edge.FieldCondition(key=condition.field, match=edge.MatchAny(chosen))
        case Between(field, gte, lte, gt, lt):
            return edge.FieldCondition(key=field, range=edge.RangeFloat(gte=gte, lte=lte, gt=gt, lt=lt))
        case During(field, gte, lte, gt, lt):
            bounds = (bound.isoformat() if bound else None for bound in (gte, gt, lte, lt))
            return edge.FieldCondition(key=field, range=edge.RangeDateTime(*bounds))
        case StartsWith(field, prefix):
            return edge.FieldCondition(key=field, match=edge.MatchPrefix(prefix))
        case Differs(field, value):
            return edge.Filter(must_not=[_condition(Equals(field, value))])
        case Not(negated):
            return edge.Filter(must_not=[_condition(negated)])
        case Either(()):
            return edge.HasIdCondition(set())
        case Either(conditions):
            return edge.Filter(should=[_condition(one) for one in conditions])
        case Ids(ids):
            return edge.HasIdCondition(set(ids))
        case HasVector(vector):
            return edge.HasVectorCondition(vector)

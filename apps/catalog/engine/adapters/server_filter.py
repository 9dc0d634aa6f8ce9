"""Our filters and payload indexes in qdrant-client's words."""

from __future__ import annotations

from qdrant_client import models

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

_KEYWORD = models.KeywordIndexType.KEYWORD
_SCHEMA: dict[FieldType, models.PayloadSchemaType | models.KeywordIndexParams] = {
    "keyword": models.PayloadSchemaType.KEYWORD,
    "prefix": models.KeywordIndexParams(type=_KEYWORD, prefix=True),
    "integer": models.PayloadSchemaType.INTEGER,
    "float": models.PayloadSchemaType.FLOAT,
    "datetime": models.PayloadSchemaType.DATETIME,
}


def to_schema(kind: FieldType, *, tenant: bool) -> models.PayloadSchemaType | models.KeywordIndexParams:
    """The payload index of a field. The points of one tenant lie together, and have a graph of their own."""
    return models.KeywordIndexParams(type=_KEYWORD, is_tenant=True) if tenant else _SCHEMA[kind]


def to_filter(where: Where) -> models.Filter | None:
    """A server's filter, or None for no condition."""
    return models.Filter(must=[_condition(one) for one in where]) if where else None


def _condition(condition: Condition) -> models.Condition:
    match condition:
        case Equals(field, value):
            return models.FieldCondition(key=field, match=models.MatchValue(value=value))
        case AnyOf(field, values):
            return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))
        case Between(field, gte, lte, gt, lt):
            return models.FieldCondition(key=field, range=models.Range(gte=gte, lte=lte, gt=gt, lt=lt))
        case During(field, gte, lte, gt, lt):
            return models.FieldCondition(key=field, range=models.DatetimeRange(gte=gte, lte=lte, gt=gt, lt=lt))
        case StartsWith(field, prefix):
            return models.FieldCondition(key=field, match=models.MatchPrefix(prefix=prefix))
        case Differs(field, value):
            return models.Filter(must_not=[_condition(Equals(field, value))])
        case Not(negated):
            return models.Filter(must_not=[_condition(negated)])
        case Either(()):
            return models.HasIdCondition(has_id=[])
        case Either(conditions):
            return models.Filter(should=[_condition(one) for one in conditions])
        case Ids(ids):
            return models.HasIdCondition(has_id=list(ids))
        case HasVector(vector):
            return models.HasVectorCondition(has_vector=vector)
